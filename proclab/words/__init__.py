"""Every sentence that a user reads of a recording or a live view, in each language, under the same keys."""

from proclab.words.catalogue import LANGS, Catalogue, Lang, Names, catalogue, default_language

__all__ = ["LANGS", "Catalogue", "Lang", "Names", "catalogue", "default_language"]
