"""The phrase network by the hub's conventions: ``from_pretrained``, ``save_pretrained``, ``push_to_hub``.

``PhraseModel.from_pretrained("folder")`` or ``("owner/name")`` reads weights, ``save_pretrained`` writes a folder that
both engines, training and ``transformers.LlamaForCausalLM`` read. What goes with it: ``PhraseTokenizer``'s two verbs of
the same names, which write token names into the same folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from huggingface_hub import ModelHubMixin, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from symbolic_music.errors import CheckpointError
from symbolic_music.model.network_config import CONFIG_FILE, NetworkConfig, locate_tensors, read_config
from symbolic_music.model.onnx_graph import GRAPH_FILE, build_graph
from symbolic_music.model.transformer import Network, load_network, save_network

# What a folder of weights consists of.
_FILES = [CONFIG_FILE, "model*.safetensors*", "token*"]
_CARD = """---
{{ card_data }}
---

# Phrase model

Writes phrases of songs (chords, tunes, players' parts) for
[symbolic-music]({{ repo_url | default("https://pypi.org/project/symbolic-music", true) }}).

    from symbolic_music.model.pretrained import PhraseModel

    model = PhraseModel.from_pretrained("this repository's name, or a folder")
"""


class PhraseModel(
    Network,
    ModelHubMixin,
    library_name="symbolic-music",
    license="mit",
    pipeline_tag="other",
    tags=["music", "midi"],
    model_card_template=_CARD,
):
    """The network of ``model.transformer``, with the verbs by which models are shared.

    Examples
    --------
    >>> import tempfile
    >>> from symbolic_music.model.network_config import NetworkConfig
    >>> folder = tempfile.mkdtemp()
    >>> PhraseModel(NetworkConfig(50, 32, 64, 2, 2)).save_pretrained(folder)
    >>> PhraseModel.from_pretrained(folder).config.hidden_size
    32
    """

    def __init__(self, config: NetworkConfig, dropout: float = 0.0) -> None:
        super().__init__(config, dropout)

    def _save_pretrained(self, save_directory: Path) -> None:
        """Write sizes, weights in bf16, and the graph that other programs read."""
        save_network(self, save_directory)
        graph = build_graph(read_config(save_directory), locate_tensors(save_directory))
        (save_directory / GRAPH_FILE).write_bytes(graph)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | Path, **options: Any) -> PhraseModel:
        """Read weights.

        Parameters
        ----------
        pretrained_model_name_or_path : str or Path
            A folder, or a repository of the hub ("owner/name").
        **options
            ``dropout`` of the residual branches while training, and the hub's own: ``revision``, ``token``,
            ``cache_dir``, ``force_download``, ``local_files_only``.

        Returns
        -------
        PhraseModel
            In evaluation mode, in float32.

        Raises
        ------
        CheckpointError
            If there are no such weights, or they are broken.
        """
        name = pretrained_model_name_or_path
        try:
            model: PhraseModel = super().from_pretrained(name, **options)
        except (HfHubHTTPError, LocalEntryNotFoundError, HFValidationError, OSError) as failure:
            reason = str(failure).splitlines()[0]
            raise CheckpointError(f"{name}: neither a folder nor weights on the hub: {reason}") from None
        return model

    @classmethod
    def _from_pretrained(cls, *, model_id: str, dropout: float = 0.0, **options: Any) -> PhraseModel:
        """Read a folder, or a repository's snapshot."""
        options.pop("config", None)  # the folder's own file is read below, and checked
        is_here = Path(model_id).is_dir()
        folder = Path(model_id if is_here else snapshot_download(model_id, allow_patterns=_FILES, **options))
        network = load_network(folder)
        model = cls(network.config, dropout)
        model.load_state_dict(network.state_dict())
        return model.eval()
