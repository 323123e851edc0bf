"""The live view: what runs in a lab now, sampled from /proc, on a terminal and as a page.

```
procfs (samples, events) ─┬→ phrases, look, noticing → screen → terminal    text; `proclab look`
                          └→ live → web → watching                          the page; `proclab watch`
```

docs/looking.md says what each module is for.
"""
