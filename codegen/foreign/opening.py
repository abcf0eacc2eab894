"""From a stored model to an engine that transformers runs: `--backend transformers`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from codegen.errors import LeadsmanError, ModelFileError
from codegen.foreign.decoder import ForeignDecoder
from codegen.foreign.prompts import ForeignPrompts
from codegen.foreign.tokenizer import foreign_tokenizer
from codegen.local_engine import MAX_CONTEXT_TOKENS, LocalEngine
from codegen.store.model import StoredModel


def open_transformers_engine(
    model: StoredModel,
    *,
    device: str,
    load_in_4bit: bool = False,
    progress: Callable[[str, float], None] = lambda stage, share: None,
) -> LocalEngine:
    """Loads a folder of safetensors with transformers; code that a folder brings is never run.

    Args:
        model: from the store, or a folder of the user's.
        device: a torch device.
        load_in_4bit: quantises to NF4 with bitsandbytes while loading.
        progress: told the stage.

    Raises:
        LeadsmanError: no such package, or the model is a GGUF.
        ModelFileError: transformers cannot load the files.
    """
    folder = model.path
    if not folder.is_dir():
        raise LeadsmanError(
            f"{model.name} is a GGUF, which our own backend runs; --backend transformers takes a "
            "folder of safetensors"
        )
    progress("Reading the tokenizer", 0.0)
    tokenizer = foreign_tokenizer(folder)
    progress("Loading the model with transformers", 0.0)
    loaded = _loaded(folder, device, load_in_4bit=load_in_4bit)
    config = loaded.config.get_text_config()
    longest = getattr(config, "max_position_embeddings", None) or MAX_CONTEXT_TOKENS
    eos = config.eos_token_id
    eos_ids = list(eos) if isinstance(eos, list) else [] if eos is None else [eos]
    bos_id = None if tokenizer.special_id("<|im_start|>") is not None else config.bos_token_id
    is_quantized = getattr(loaded, "is_quantized", False)
    weights = "nf4" if is_quantized else str(loaded.dtype).removeprefix("torch.")
    decoder = ForeignDecoder(loaded, min(longest, MAX_CONTEXT_TOKENS), f"{weights}, transformers")
    prompts = ForeignPrompts(tokenizer, bos_id, eos_ids)
    engine = LocalEngine(
        model.name, decoder, tokenizer, prompts=prompts, family=str(config.model_type)
    )
    progress("Warming up", 0.0)
    engine.warm_up()
    return engine


def _loaded(folder: Path, device: str, *, load_in_4bit: bool) -> Any:
    try:
        import transformers
    except ImportError as error:
        raise LeadsmanError(
            "--backend transformers needs transformers; install leadsman[transformers]"
        ) from error
    options: dict[str, Any] = {}
    if load_in_4bit:
        options["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            str(folder),
            dtype=torch.bfloat16,
            device_map={"": device},
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            **options,
        )
    except ImportError as error:
        raise LeadsmanError(
            f"a backend of transformers and 4 bits need accelerate and bitsandbytes ({error}); "
            "install leadsman[transformers]"
        ) from error
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelFileError(f"transformers cannot load {folder}: {line}") from error
    return model.eval()
