"""Causes: what autograd does not allow."""

from kata.causes.entry import Entry

GRADIENTS = (
    Entry(
        RuntimeError,
        r"^a leaf Variable that requires grad is being used in an in-place operation",
        "{code} changes in place a tensor that collects a gradient, such as a parameter. Make a "
        "new one (x = x + 1); an update of weights goes under torch.no_grad().",
    ),
    Entry(
        RuntimeError,
        r"^a view of a leaf Variable that requires grad is being used in an in-place operation",
        "{code} writes into part of a tensor that collects a gradient. Write into x.clone(), or "
        "for an update of weights do it under torch.no_grad().",
    ),
    Entry(
        RuntimeError,
        r"needed for gradient computation has been modified by an inplace operation",
        "Numbers that backward() still needs were overwritten: by x += ..., x[...] = ..., or a "
        "method with _ at its end. Make a new tensor instead: x = x + ...",
    ),
    Entry(
        RuntimeError,
        r"Output \d+ of (?P<name>\w+?)(?:Backward\d*)? is a view and is being modified inplace",
        "A loop over a tensor, split, chunk and unbind give views that must not be changed in "
        "place. Make new tensors, row = row + 1, and join them with torch.stack or torch.cat.",
    ),
    Entry(
        RuntimeError,
        r"A view was created in no_grad mode and is being modified inplace",
        "The view was taken under torch.no_grad(), and is changed in place outside of it. Do both "
        "inside, or both outside.",
    ),
    Entry(
        RuntimeError,
        r"[Ii]nference tensor",
        "A tensor made under torch.inference_mode() cannot be changed or take part in gradients "
        "later. Use torch.no_grad(), or work on its clone().",
    ),
    Entry(
        RuntimeError,
        r"refers to a single memory location",
        "After expand several entries are the same number in memory, so writing in place is "
        "forbidden. Copy first: x.expand(...).clone().",
    ),
    Entry(
        RuntimeError,
        r"backward through the graph a second time",
        "An earlier backward() has used up the graph of this result. Compute the loss anew in "
        "each step; what is kept from an earlier one needs .detach().",
    ),
    Entry(
        RuntimeError,
        r"grad can be implicitly created only for scalar outputs",
        "backward() starts from one number, and {receiver} holds several. Reduce it first, with "
        ".mean() or .sum().",
    ),
    Entry(
        RuntimeError,
        r"does not require grad",
        "The result is cut off from its input, so no gradient can flow. Look for detach, .data, "
        ".item(), torch.tensor or torch.no_grad.",
    ),
    Entry(
        RuntimeError,
        r"appears to not have been used in the graph",
        "The result does not depend on this tensor, as autograd sees it. Look for detach, .data, "
        ".item() or torch.tensor on the way, or for a tensor that was never used.",
    ),
    Entry(
        RuntimeError,
        r"Can't call numpy\(\) on Tensor that requires grad",
        "NumPy knows no gradients, and this tensor has one. Use the function of torch, or, where "
        "no gradient is needed, x.detach().numpy().",
    ),
    Entry(
        RuntimeError,
        r"Only Tensors created explicitly by the user .* support the deepcopy protocol",
        "copy.deepcopy cannot copy a tensor that an operation made. Copy its numbers: "
        "x.detach().clone().",
    ),
    Entry(
        RuntimeError,
        r"you can only change requires_grad flags of leaf variables",
        "An operation made this tensor, and whether it has a gradient follows from what went in. "
        "Cut it off with x.detach(), or set requires_grad on the parameter.",
    ),
    Entry(
        RuntimeError,
        r"attempting to assign a gradient of size '\[(?P<theirs>.*)\]' to a tensor of size "
        r"'\[(?P<own>.*)\]'",
        "A gradient has the shape of its tensor, here ({own}), and ({theirs}) was assigned. Bring "
        "it to that shape first.",
    ),
    Entry(
        RuntimeError,
        r"nly Tensors of floating point .*dtype can require gradients",
        "Only floats have gradients, and the tensor holds whole numbers or booleans. Convert it, "
        "x.float(), or write its numbers with a point: torch.tensor([1.0]).",
    ),
)
