"""The live view: what runs in a lab now, sampled from /proc, on a terminal and as a page.

```
procfs → standing, wiring ─┬→ look, changed, noticing → screen → looking         text; `proclab look`
                           └→ things → sampled (events) → live → web → watching  the page; `proclab watch`
```

docs/looking.md says what each module is for.
"""
