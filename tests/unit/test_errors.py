"""Every error says what happened and, where it is known, what to do."""

from __future__ import annotations

import pytest

from proclab import errors


def test_a_message_with_and_without_a_fix():
    assert str(errors.InfraError("it broke")) == "it broke"
    assert str(errors.InfraError("it broke", "mend it")) == "it broke; mend it"
    assert str(errors.ComposeError("services: one", "no")) == "services: one: no"


def test_every_error_of_ours_is_one_and_ends_with_status_2():
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Exception)]
    assert len(kinds) >= 9
    assert all(issubclass(kind, errors.ProclabError) and kind.exit_status == 2 for kind in kinds)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.missing("create", "No such image: a:b"), "image a:b is not there; run `make image`"),
        (errors.missing("kill", "No such container: x"), "kill: No such container: x"),
        (errors.refused("kill", "removal of container x is already in progress"), "already in progress"),
        (errors.refused("create", "no space left on device"), "disk is full.*docker system df"),
        (errors.refused("create", "could not find an available address pool"), "make wipe.*default-address-pools"),
        (errors.refused("create", "odd"), r"refused \(create\): odd"),
        (errors.unreachable("list", "PermissionError(13, 'Permission denied')"), "group docker"),
        (errors.unreachable("list", "Connection refused"), "DOCKER_HOST"),
    ],
)
def test_an_engines_words_become_a_sentence_with_a_fix(error, words):
    with pytest.raises(errors.InfraError, match=words):
        raise error
