"""Views: events, and the findings that follow from them, in; text out. Nothing here reads a recording or prints.

files(events, lang="ru")                every picture of a recording, by the name of its file

picture = Picture.of(events)            worked out once, for several of these:
story(picture, lang, findings)          one line a step, for the terminal
Trees(steps, names, lang)               the process tree each time it has changed: an observer of the pass
svg(picture, lang)                      lanes; RULES and DEFS are for the page that holds several of them
page(picture, lang, title, findings)    run.html
mermaid(picture, lang)                  a sequence diagram
perfetto(picture, lang)                 for ui.perfetto.dev
"""

from proclab.views.lanes import svg
from proclab.views.mermaid import mermaid
from proclab.views.outputs import files
from proclab.views.page import page
from proclab.views.perfetto import perfetto
from proclab.views.picture import Picture
from proclab.views.shapes import DEFS, RULES
from proclab.views.story import story
from proclab.views.tree import Trees

__all__ = ["DEFS", "RULES", "Picture", "Trees", "files", "mermaid", "page", "perfetto", "story", "svg"]
