"""Views: events, and the facts that follow from them, in; text out. Nothing here reads a recording or prints.

files(events, derive(events), lang="ru")        every file of a recording, by name

picture = Picture.of(events)                    worked out once, for several of these:
story(events, lang, picture, facts)             one line a step, for the terminal
tree(events, lang, picture)                     the process tree each time it has changed
svg(events, lang, picture)                      lanes
page(events, lang, picture, title, facts)       run.html
mermaid(events, lang, picture)                  a sequence diagram
chrome(events, lang, picture)                   for ui.perfetto.dev
"""

from proclab.views.chrome import chrome
from proclab.views.everything import files
from proclab.views.lanes import svg
from proclab.views.mermaid import mermaid
from proclab.views.page import page
from proclab.views.picture import Picture
from proclab.views.story import story
from proclab.views.tree import tree

__all__ = ["Picture", "chrome", "files", "mermaid", "page", "story", "svg", "tree"]
