"""Everything that can go wrong in inference, split by who must act.

InferenceError
  * BadRequest     the caller's window cannot be judged: say what is wrong with it (HTTP 422)
      * UnknownAsset   ... because no asset type has that name (HTTP 404)
      * TooLarge       ... because the body or the batch is too large (HTTP 413)
      * NoDevice       ... because the gateway knows no device of that name (HTTP 404)
  * Busy           others are being answered, or a peer does not answer: ask again (HTTP 503)
  * ModelUnusable  there is no model, or its files are not those that were trained (HTTP 503)
      * NoModel        ... because none was ever trained: other asset types are served
          * Refused        ... or because the one that was is not good enough
  * NotOnShelf     no such model is kept: the text names those that are
  * NotTaken       the model is worse than the present one, or nobody has compared them
  * BadDataset     the training data cannot be learned from: the operator must bring other data
  * PoorModel      the trained model is worse than the bars: nothing is published (training.gate)
  * NoPlace        a file or directory that a command names cannot be used: name another
  * ExportFailed   the exported model does not answer like the trained one: nothing is published
"""


class InferenceError(Exception):
    """Base of every error inference raises on purpose; the text is one sentence for a person."""


class BadRequest(InferenceError):
    """The window or the batch cannot be judged."""


class UnknownAsset(BadRequest):
    """No asset type has that name."""


class TooLarge(BadRequest):
    """The body or the batch exceeds a limit."""


class NoDevice(BadRequest):
    """The gateway knows no device of that name."""


class Busy(InferenceError):
    """It cannot be answered now; the text says why, and what to do."""


class ModelUnusable(InferenceError):
    """The model is missing, incomplete or altered; the text says what to run."""


class NoModel(ModelUnusable):
    """The asset type has never been trained; the text says what to run."""


class InTraining(NoModel):
    """The asset type is about to have a model; the text says how far that is."""


class Refused(NoModel):
    """The model that was trained does not reach the bars; the text says which, and by how much."""


class NotOnShelf(InferenceError):
    """No such model is kept that could be put back."""


class NotTaken(InferenceError):
    """The model does not judge, for what the text says; the present one goes on."""


class BadDataset(InferenceError):
    """The training data lacks machines, runs, classes or columns."""


class NotLearned(InferenceError):
    """The data cannot be learned from; the text says what the library that tried said."""


class NoPlace(InferenceError):
    """A file or directory that a command names cannot be read or written; the text says which."""


class ExportFailed(InferenceError):
    """The ONNX model and the trained forest disagree."""
