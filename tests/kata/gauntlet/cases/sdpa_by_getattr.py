# m03 scaled_dot_product_attention: red, calls PyTorch's scaled_dot_product_attention
import torch


def scaled_dot_product_attention(q, k, v, mask=None):
    return getattr(torch._C._nn, "scaled_dot_" + "product_attention")(q, k, v, mask)
