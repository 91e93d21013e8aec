"""Artifact: a model as a versioned folder whose files are checked against a manifest before they are used."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twicetold.errors import ModelCorrupt
from twicetold.model.blocks import Block, block_of, encoded_text
from twicetold.model.encoder import Encoder
from twicetold.model.evidence import FEATURES
from twicetold.model.probability import Coefficients
from twicetold.model.rarity import Rarity
from twicetold.pairs import Thresholds
from twicetold.text.lexicon import Lexicon
from twicetold.text.words import STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from twicetold.model.vectors import Meaning
    from twicetold.text.reading import Reading

#: Texts encoded between two signs of progress.
_TELL_EVERY = 256
MANIFEST = "manifest.json"
COEFFICIENTS = "coefficients.json"
#: What every manifest must vouch for.
_NEEDED = (COEFFICIENTS, "encoder.onnx", "tokenizer.json")

#: Changes with how vectors are made of what the network says.
_VECTOR_FORM = "int8 sentence and content words, 256 pieces"


@dataclass(frozen=True)
class Manifest:
    """What a model folder says of itself.

    Attributes:
        name: Name of the model.
        version: Changes whenever a score may change.
        thresholds: The shipped thresholds.
        files: SHA-256 of every file of the folder, by name.
        lexicon: SHA-256 of the lexicon that the coefficients were fitted with.
        training: Data the coefficients were fitted on: file, SHA-256, rows, licence.
        metrics: Figures on data that was not used for fitting.
    """

    name: str
    version: str
    thresholds: Thresholds
    files: dict[str, str]
    lexicon: str
    training: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """One digest for everything that decides a score, as short hexadecimal text."""
        parts = [
            self.lexicon,
            str(self.thresholds),
            *(f"{name}:{sha}" for name, sha in sorted(self.files.items())),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def shipped_folder() -> Path:
    """Where the model lies that the package carries."""
    return Path(str(files("twicetold").joinpath("data", "model")))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a model folder.

    Raises:
        ModelCorrupt: There is none, it cannot be read, or it does not vouch for a file that a model needs.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        parts = {"thresholds": Thresholds(**content["thresholds"]), "files": dict(content["files"])}
        manifest = Manifest(**{**content, **parts})
    except OSError as error:
        raise ModelCorrupt(f"{path}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise ModelCorrupt(f"{path}: not a model manifest ({error})") from error
    if unlisted := [name for name in _NEEDED if name not in manifest.files]:
        raise ModelCorrupt(f"{path}: has no SHA-256 of {', '.join(unlisted)}")
    return manifest


def verify(folder: Path) -> Manifest:
    """Checks every file of a model folder against its manifest.

    Raises:
        ModelCorrupt: A file is missing or has another SHA-256; the message names it and both digests.
    """
    manifest = read_manifest(folder)
    for name, expected in sorted(manifest.files.items()):
        try:
            actual = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise ModelCorrupt(f"{folder / name}: {error.strerror}") from error
        if actual != expected:
            raise ModelCorrupt(f"{folder / name}: SHA-256 is {actual}, the manifest says {expected}")
    return manifest


class Model:
    """A verified model, ready to compare texts.

    Args:
        folder: The model folder; by default the one that the package carries.
        lexicon: Acronyms and synonyms to read texts with; by default the shipped ones.
        threads: How many texts are encoded at a time.

    Raises:
        ModelCorrupt: A file is missing or differs from the manifest.
    """

    def __init__(self, folder: Path | None = None, *, lexicon: Lexicon | None = None, threads: int = 1) -> None:
        self.folder = folder or shipped_folder()
        self.manifest = verify(self.folder)
        self.lexicon = lexicon or Lexicon.default()
        self.threads = threads
        self.coefficients = read_coefficients(self.folder)

    @classmethod
    def for_training(cls) -> Model:
        """The shipped encoder and lexicon with weights of zero, whatever the state of the shipped weights."""
        model = cls.__new__(cls)
        model.folder, model.lexicon, model.threads = shipped_folder(), Lexicon.default(), 1
        model.coefficients = Coefficients(0.0, {feature.name: 0.0 for feature in FEATURES})
        return model

    @property
    def thresholds(self) -> Thresholds:
        return self.manifest.thresholds

    @property
    def label(self) -> dict[str, str]:
        """Name, version and digest (with the lexicon in use), as results carry them."""
        manifest = replace(self.manifest, lexicon=self.lexicon.digest)
        return {"name": manifest.name, "version": manifest.version, "digest": manifest.digest}

    @cached_property
    def encoder(self) -> Encoder:
        return Encoder(self.folder, threads=self.threads)

    def let_go(self) -> None:
        """Gives up the memory of the network, a fifth of a small container; it is loaded again when it is needed."""
        self.__dict__.pop("encoder", None)

    def is_known(self, word: str) -> bool:
        """Whether the encoder knows a word, in lower case without accents, as a whole."""
        return word in _vocabulary(self.folder)

    @property
    def encoding(self) -> str:
        """One digest for everything that decides a text's vectors, as short hexadecimal text.

        Vectors of one text and one encoding are the same, but for the last digit on other kinds of processors.
        """
        files = (self.manifest.files[name] for name in _NEEDED if name != COEFFICIENTS)
        parts = [_VECTOR_FORM, *files, *sorted(STOP_WORDS)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def block(
        self,
        readings: Sequence[Reading],
        tell: Callable[[float], None] = lambda _share: None,
        *,
        known: Mapping[str, Meaning] = MappingProxyType({}),
        keep: Callable[[str, Meaning], None] = lambda _text, _meaning: None,
    ) -> Block:
        """Texts with their vectors, ready to be compared.

        Args:
            readings: The texts.
            tell: Called now and then with the share that is done.
            known: Meanings that need not be found again, by their :func:`~twicetold.model.blocks.encoded_text`.
            keep: Called with each text that was encoded and its meaning.
        """
        texts = list(map(encoded_text, readings))
        meanings = _telling(self._meanings(texts, known, keep), len(texts), tell)
        return block_of(readings, meanings, _rarity(self.folder).of, self.lexicon.opposites)

    def _meanings(
        self, texts: Sequence[str], known: Mapping[str, Meaning], keep: Callable[[str, Meaning], None]
    ) -> Iterator[Meaning]:
        is_known = [text in known for text in texts]
        unknown = [text for text, found in zip(texts, is_known, strict=True) if not found]
        fresh = self.encoder.encode(unknown) if unknown else iter(())
        for text, found in zip(texts, is_known, strict=True):
            meaning = known[text] if found else next(fresh)
            if not found:
                keep(text, meaning)
            yield meaning


def _telling(meanings: Iterator[Meaning], total: int, tell: Callable[[float], None]) -> Iterator[Meaning]:
    for done, meaning in enumerate(meanings, start=1):
        yield meaning
        if done % _TELL_EVERY == 0:
            tell(done / total)


def read_coefficients(folder: Path) -> Coefficients:
    """The weights of a model folder.

    Raises:
        ModelCorrupt: They cannot be read, or are for other evidence than this version computes.
    """
    path = folder / COEFFICIENTS
    try:
        coefficients = Coefficients.from_json(path.read_text(encoding="utf-8"))
    except (ValueError, TypeError, KeyError) as error:
        raise ModelCorrupt(f"{path}: not a set of coefficients ({error})") from error
    expected = [feature.name for feature in FEATURES]
    if list(coefficients.weights) != expected:
        raise ModelCorrupt(f"{path}: has weights for {list(coefficients.weights)}, this version needs {expected}")
    return coefficients


@lru_cache(maxsize=4)
def _vocabulary(folder: Path) -> dict[str, int]:
    vocabulary: dict[str, int] = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return vocabulary


@lru_cache(maxsize=4)
def _rarity(folder: Path) -> Rarity:
    return Rarity(_vocabulary(folder))
