# m03 scaled_dot_product_attention: red, calls PyTorch's MultiheadAttention
from torch.nn import MultiheadAttention as Layer


def scaled_dot_product_attention(q, k, v, mask=None):
    return Layer(q.size(-1), 1)(q, k, v)[0]
