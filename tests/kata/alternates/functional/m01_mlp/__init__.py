from milestones.m01_mlp.modules import MLP as MLP
from milestones.m01_mlp.modules import Embedding as Embedding
from milestones.m01_mlp.modules import Linear as Linear
from milestones.m01_mlp.modules import MLPLanguageModel as MLPLanguageModel
from milestones.m01_mlp.pure import cross_entropy as cross_entropy
from milestones.m01_mlp.pure import gelu as gelu
from milestones.m01_mlp.pure import relu as relu
from milestones.m01_mlp.pure import softmax as softmax
