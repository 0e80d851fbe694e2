"""Where a learner goes: through the core, and then through the tracks that they have begun."""

from kata.course.curriculum import Milestone, Track, milestones, tracks
from kata.course.verdict import States


def is_whole(states: States) -> bool:
    """Whether these are the states of the whole course, and not of what was asked for."""
    return states.keys() == {m.id for m in milestones()}


def waiting(states: States, here: Milestone | None = None) -> list[Track]:
    """The tracks of which nothing is begun. here: what counts as begun all the same."""
    begun = {m.track for m in milestones() if set(states.get(m.id, {}).values()) - {"todo"}}
    begun |= {here.track} if here else set()
    return [track for track in tracks() if track.id not in begun]


def at_hand(states: States, here: Milestone | None = None) -> list[Milestone]:
    """The milestones in `states`, in order, without those of tracks that wait."""
    left_out = {track.id for track in waiting(states, here)} if is_whole(states) else set()
    return [m for m in milestones() if m.id in states and m.track not in left_out]
