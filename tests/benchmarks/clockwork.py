"""The simulation in memory: events per second against SimPy's timeouts, and the memory per instance."""

import gc
import tracemalloc
from random import Random
from time import process_time

import simpy

from core.base.instants import DAY
from core.rules.rulebook import load_policy
from core.simulation.simulation import Simulation
from tests.benchmarks.fleets import mixed_fleet

YEAR = 365 * DAY
POLICY = load_policy()


def events_per_second(size: int) -> float:
    """Events per second of processor time while a mixed fleet is simulated for a year in memory."""
    world = mixed_fleet(size, POLICY)
    simulation = Simulation(world, POLICY)
    gc.collect()
    gc.freeze()  # as `lapse simulate` does
    started = process_time()
    count = sum(len(events) for events in simulation.advance(world.clock + YEAR))
    rate = count / (process_time() - started)
    gc.unfreeze()
    return rate


def timeouts_per_second(processes: int, timeouts: int) -> float:
    """Timeouts per second of processor time in SimPy, with `processes` processes pending."""
    environment = simpy.Environment()
    random = Random(1)
    done = 0

    def process() -> simpy.events.ProcessGenerator:
        nonlocal done
        while True:
            yield environment.timeout(random.random())
            done += 1

    for _ in range(processes):
        environment.process(process())
    environment.run(until=1e-9)
    gc.collect()
    gc.freeze()
    started = process_time()
    while done < timeouts:
        environment.step()
    rate = done / (process_time() - started)
    gc.unfreeze()
    return rate


def bytes_per_instance(size: int) -> float:
    """Bytes of memory per instance that a loaded world and its agenda take."""
    gc.collect()
    tracemalloc.start()
    simulation = Simulation(mixed_fleet(size, POLICY), POLICY)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / len(simulation.world.instances)
