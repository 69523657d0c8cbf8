"""Sends bad inputs to one target until so many were sent, or until one shows a fault; then it is the shortest such."""

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.targets import TARGETS, World

LEAST = 20
ROUND = 2000  # inputs; Hypothesis remembers all of a round, and grows slow


def hunt(name: str, count: int, first_seed: int, world: World) -> int:
    """Return how many bad inputs were sent; raises what went wrong, with the shortest input that shows it."""
    target, bad, number = TARGETS[name], 0, first_seed
    while bad < count:
        sent = 0

        @seed(number)
        @settings(
            max_examples=min(ROUND, max(LEAST, count - bad)),
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(target.inputs(world))
        def one(value):
            nonlocal sent
            sent += target.send(world, value)

        one()
        bad, number = bad + sent, number + 1
        assert sent, f"{name}: of {LEAST} inputs none was bad"
    return bad
