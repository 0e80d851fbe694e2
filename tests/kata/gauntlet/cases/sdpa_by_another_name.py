# m03 scaled_dot_product_attention: red, calls PyTorch's scaled_dot_product_attention
from torch.nn.functional import scaled_dot_product_attention as attend


def scaled_dot_product_attention(q, k, v, mask=None):
    return attend(q, k, v, mask)
