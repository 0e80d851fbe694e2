"""Causes: shapes that do not broadcast, multiply or reshape, and axes that are not there."""

from kata.causes.entry import Entry

BROADCAST = r"The size of tensor a \(.+\) must match the size of tensor b"
PRODUCT = (
    r"shapes cannot be multiplied|Expected size for first two dimensions of batch2|^size mismatch, "
    r"got input|^inconsistent tensor size"
)

SHAPES = (
    # Broadcasting
    Entry(
        RuntimeError,
        BROADCAST,
        "{shapes}: {short} has no axis for {gone_axis}. Add one with unsqueeze({gone}); a "
        "reduction keeps it with keepdim=True.",
    ),
    Entry(
        RuntimeError,
        BROADCAST,
        "{shapes}: at axis {axis}, counted from the end, {one} meets {other}, and neither is 1. "
        "Bring the axes into line with unsqueeze, transpose or keepdim=True.",
    ),
    Entry(
        RuntimeError,
        BROADCAST,
        "{shapes}: of the axes before the last two, {leading_one} meets {leading_other}, and "
        "neither is 1. They are paired from the right: transpose or unsqueeze one of the two.",
    ),
    Entry(
        RuntimeError,
        r"The size of tensor a \((?P<a>\d+)\) must match the size of tensor b \((?P<b>\d+)\)",
        "Two shapes, paired from the right, have {a} and {b} at one axis, and neither is 1. Bring "
        "the axes into line with unsqueeze, transpose or keepdim=True.",
    ),
    Entry(
        RuntimeError,
        r"output with shape \[(?P<own>.*)\] doesn't match the broadcast shape \[(?P<wide>.*)\]",
        "In place the left side keeps its shape ({own}), and the result would be ({wide}). Make a "
        "new tensor: x = x + y.",
    ),
    Entry(
        RuntimeError,
        r"expanded size of the tensor .* Target sizes: \[(?P<target>.*)\]\. +Tensor sizes: "
        r"\[(?P<own>.*)\]",
        "A tensor of ({own}) does not spread over ({target}): paired from the right, sizes have "
        "to be equal or 1. Bring it to that shape, or add an axis with unsqueeze.",
    ),
    Entry(
        RuntimeError,
        r"the number of sizes provided \((?P<target>\d+)\) must be greater or equal to the number "
        r"of "
        r"dimensions in the tensor \((?P<own>\d+)\)",
        "A tensor with {own} axes does not fit into a place with {target}. Take away the axes that "
        "are too many: squeeze, an index, or a reduction.",
    ),
    Entry(
        RuntimeError,
        r"The expanded size of the tensor \(-1\) isn't allowed in a leading",
        "In expand, -1 keeps an axis that is there, and expand adds new ones in front. Write the "
        "size of a new axis.",
    ),
    # Products
    Entry(
        RuntimeError,
        PRODUCT,
        "{shapes}: a product sums over the last axis of the left, {inner}, and {inner_place} "
        "of the right, {inner_other}. Turned round, {turned} would fit.",
    ),
    Entry(
        RuntimeError,
        PRODUCT,
        "{shapes}: a product sums over the last axis of the left, {inner}, and {inner_place} "
        "of the right, {inner_other}. Transpose or reshape until these two are the same axis.",
    ),
    Entry(
        RuntimeError,
        r"^size mismatch, got input \(\d+\), mat \(\d+x(?P<a>\d+)\), vec \((?P<b>\d+)\)"
        r"|^inconsistent tensor size, expected tensor \[(?P<c>\d+)\] and src \[(?P<d>\d+)\]",
        "A product with a vector sums over the last axis of both sides, and these have different "
        "sizes. Look where the vector comes from; a matrix may have to be transposed.",
    ),
    Entry(
        RuntimeError,
        r"mat1 and mat2 shapes cannot be multiplied \(\d+x(?P<a>\d+) and (?P<b>\d+)x\d+\)",
        "A product sums over the last axis of the left, {a}, and the last but one of the right, "
        "{b}, and these differ. Transpose or reshape until they are the same axis.",
    ),
    Entry(
        RuntimeError,
        r"batch2 tensor to be: \[(?P<m>\d+), (?P<a>\d+)\] but got: \[(?P<n>\d+), (?P=a)\]",
        "bmm multiplies as many matrices on the left as on the right, and here these are {m} and "
        "{n}. Bring both to the same number before, with expand or a reshape that keeps matrices.",
    ),
    Entry(
        RuntimeError,
        r"batch2 tensor to be: \[\d+, (?P<a>\d+)\] but got: \[\d+, (?P<b>\d+)\]",
        "A product sums over the last axis of the left, {a}, and the last but one of the right, "
        "{b}; all axes before must agree. Transpose one of the two, for instance with .mT.",
    ),
    Entry(
        RuntimeError,
        r"^(?:batch1|batch2) must be a 3D tensor|^self must be a matrix|^mat\d must be a matrix",
        "bmm multiplies tensors of three axes, and mm matrices of two. `@` takes any number of "
        "axes in front.",
    ),
    Entry(
        RuntimeError,
        r"^1D tensors expected, but got (?P<a>\d)D and (?P<b>\d)D",
        "dot is for two vectors, and these have {a} and {b} axes. Use `@` for matrices, or "
        "(x * y).sum(-1) for the dot product of each row.",
    ),
    Entry(
        RuntimeError,
        r"both arguments to matmul need to be at least 1D",
        "One side of the product is a tensor without axes, a single number. Multiply by it with "
        "`*`, or look for what took its axes.",
    ),
    Entry(
        RuntimeError,
        r"einsum\(\): the number of subscripts in the equation \((?P<letters>\d+)\) does not "
        r"match the "
        r"number of dimensions \((?P<axes>\d+)\) for operand (?P<operand>\d+)",
        "Operand {operand} (from 0) has {axes} axes, and the equation gives it {letters} letters. "
        "Every letter is one axis: one for each, or `...` for those in front.",
    ),
    Entry(
        RuntimeError,
        r"einsum\(\): (?P<kind>fewer|more) operands were provided",
        "The equation has a part between commas for each tensor, and {kind} tensors were given. "
        "Make the two counts agree.",
    ),
    Entry(
        RuntimeError,
        r"einsum\(\): subscript (?P<letter>\w) has size (?P<a>\d+) for operand (?P<operand>\d+) "
        r"which "
        r"does not broadcast with previously seen size (?P<b>\d+)",
        "The letter {letter} is {b} in one tensor and {a} in another, and it stands for one size. "
        "Give different axes different letters, or put them into the tensor's order.",
    ),
    Entry(
        RuntimeError,
        r"einsum\(\): output subscript (?P<letter>\w) (?P<why>does not appear|appears more than "
        r"once)",
        "The letter {letter} stands in the result, where each letter comes once and has to be one "
        "of the inputs'. Correct the part after `->`.",
    ),
    Entry(
        RuntimeError,
        r"einsum\(\): invalid subscript given at index (?P<index>\d+)",
        "At place {index} the equation has a sign that is no letter. Axes are single letters, "
        "parts are split by commas, and the result follows `->`.",
    ),
    # Reshapes
    Entry(
        RuntimeError,
        r"^shape '\[(?P<shape>.*-1.*)\]' is invalid for input of size (?P<size>\d+)",
        "{size} numbers do not fill ({shape}), because the sizes written out do not divide "
        "{size}. Take the sizes from x.shape, or check which of them is wrong.",
    ),
    Entry(
        RuntimeError,
        r"^shape '\[(?P<shape>.*)\]' is invalid for input of size (?P<size>\d+)",
        "{tensor}: these {size} numbers do not fill ({shape}). The product of the sizes has to "
        "stay the same; -1 stands for the size that is left over.",
    ),
    Entry(
        RuntimeError,
        r"^shape '\[(?P<shape>.*)\]' is invalid for input of size (?P<size>\d+)",
        "The tensor has {size} numbers, and these do not fill ({shape}). The product of the sizes"
        " has to stay the same; -1 stands for the size that is left over.",
    ),
    Entry(
        RuntimeError,
        r"view size is not compatible with input tensor's size and stride",
        "view joins only axes that follow each other in memory, and after transpose, permute, "
        "expand "
        "or a slice they need not. Write reshape, which copies where it has to.",
    ),
    Entry(
        RuntimeError,
        r"only one dimension can be inferred",
        "-1 asks for the size that is left over, and that can be only one. Write out the others.",
    ),
    Entry(
        RuntimeError,
        r"invalid shape dimension|Dimension size must be non-negative|negative dimension",
        "A size has come out negative. Look at how it was computed; in a reshape only -1 means "
        "something, the size left over.",
    ),
    Entry(
        RuntimeError,
        r"split_with_sizes expects split_sizes to sum exactly to (?P<size>\d+)|"
        r"sizes \[.*\] don't multiply up to the size of dim \d+ \((?P<size_of_dim>\d+)\)",
        "The sizes given do not fit the axis. For split they have to add up to its size, and for "
        "unflatten their product has to be its size; check also which axis it is.",
    ),
    # Axes
    Entry(
        RuntimeError,
        r"input\.dim\(\) = (?P<axes>\d+) is not equal to len\(dims\) = (?P<count>\d+)",
        "permute has to name every axis once, and here it names {count} of {axes}. To swap two, "
        "use transpose(-2, -1).",
    ),
    Entry(
        RuntimeError,
        r"permute\(\): duplicate dims|repeated dim|dim \d+ appears multiple times",
        "An axis is named twice. Name each once, and look for a negative number that means the "
        "same axis as a positive one.",
    ),
    Entry(
        RuntimeError,
        r"t\(\) expects a tensor with <= 2 dimensions",
        "t() and .T are for matrices. With more axes .mT, or transpose(-2, -1), swaps the last "
        "two.",
    ),
    Entry(
        RuntimeError,
        r"tensor\.mT is only supported on matrices",
        "A tensor of fewer than two axes has nothing to swap. For a column write x[:, None].",
    ),
    Entry(
        RuntimeError,
        r"dims of repeat|repeat dims can not be smaller",
        "repeat wants one count for each axis of the tensor. Write 1 for an axis that stays.",
    ),
    Entry(
        RuntimeError,
        r"must have at least 2 dimensions",
        "tril and triu cut a matrix, and this tensor has fewer than two axes. For a mask start "
        "from torch.ones(seq, seq).",
    ),
    Entry(
        IndexError,
        r"Dimension out of range .*\[(?P<low>-?\d+), (?P<high>-?\d+)\], but got (?P<dim>-?\d+)",
        "{tensor}: there is no axis {dim}, only those from {low} to {high}. Counted from the end, "
        "-1 is the last, whatever stands in front.",
        line=r"^(?!torch\.(?:stack|unsqueeze)\b)(?!.*\.unsqueeze\([^()]*\)$)",
    ),
    Entry(
        IndexError,
        r"Dimension out of range .*\[(?P<low>-?\d+), (?P<high>-?\d+)\], but got (?P<dim>-?\d+)",
        "There is no axis {dim} here, only those from {low} to {high}. Counted from the end, -1 is "
        "the last, whatever stands in front.",
    ),
)
