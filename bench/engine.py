"""The engine's processor time beside PipeWire's plain mix, and what other periods would cost."""

from pathlib import Path

from bench.card import folder_for_cards, play
from bench.engine_order import Order
from bench.figures import Figure, Table, Verdict, at_most, median
from bench.load import busy_cores
from bench.peers.pipewire import running_pipewire
from bench.sounds import chords

SOURCES = (1, 4, 8, 16)
SOURCES_WITH_A_BAR = 8
ROUNDS = 3
SECONDS = 4.0
CLIP_S = 30.0
PERIOD_FRAMES = 480
PERIODS_COMPARED = ((240, 4), (240, 3), (480, 3), (480, 2), (960, 3))
"""(frames, periods of buffer)."""
STRESS_SECONDS = 10.0
STRESS_SOURCES = 8


def measure() -> Table:
    """Measure engine and peer in turns, then the engine at other periods."""
    figures: list[Figure] = []
    with folder_for_cards() as folder:
        clips, files = chords(folder, max(SOURCES), CLIP_S)
        figures += _beside_pipewire(folder, clips, files)
        figures += [
            _period(folder, clips[:STRESS_SOURCES], frames, periods)
            for frames, periods in PERIODS_COMPARED
        ]
    return Table(
        "Engine",
        figures,
        (
            "CPU is the share of one core. Engine: its whole process with the feeder that reads the clips, its "
            "limiter on. PipeWire: its server, its session manager and one `pw-cat` for each source, at the same "
            "period, no limiter.",
            "Written to taken is (periods + 2) x period on the simulated card.",
            "Busy in Python: another thread of the engine's own process computes all the time, which no daemon does; "
            "when a busy core takes the processor from it while it holds the interpreter's lock, the engine waits.",
        ),
    )


def _beside_pipewire(folder: Path, clips: list[str], files: list[Path]) -> list[Figure]:
    ours: dict[int, list[float]] = {count: [] for count in SOURCES}
    theirs: dict[int, list[float]] = {count: [] for count in SOURCES}
    with running_pipewire() as peer:
        peer.set_quantum(PERIOD_FRAMES)
        for _ in range(ROUNDS):
            for count in SOURCES:
                theirs[count].append(peer.mixing_cpu(files[:count], SECONDS))
                ours[count].append(play(folder, Order(clips[:count], SECONDS)).report.cpu_share)
    return [
        Figure(
            f"CPU of {count} source{'s' if count > 1 else ''} at 48 kHz, 10 ms",
            f"{median(ours[count]):.1%}",
            f"PipeWire: {median(theirs[count]):.1%}",
            "<= PipeWire" if count == SOURCES_WITH_A_BAR else "",
            at_most(median(ours[count]), median(theirs[count]))
            if count == SOURCES_WITH_A_BAR
            else Verdict.NONE,
        )
        for count in SOURCES
    ]


def _period(folder: Path, clips: list[str], frames: int, periods: int) -> Figure:
    calm = play(folder, Order(clips, SECONDS, frames, periods))
    with busy_cores():
        stressed = play(folder, Order(clips, STRESS_SECONDS, frames, periods))
        chatty = play(folder, Order(clips, STRESS_SECONDS, frames, periods, chatty=True))
    milliseconds = frames / 48
    chosen = frames == PERIOD_FRAMES and periods == 3
    return Figure(
        f"{len(clips)} sources at {milliseconds:g} ms x {periods}",
        f"CPU {calm.report.cpu_share:.1%}; two busy cores: missed {stressed.missed}, longest render "
        f"{stressed.report.longest_render_ms:.1f} ms; and busy in Python: missed {chatty.missed}, "
        f"{chatty.report.longest_render_ms:.1f} ms",
        f"written to taken {(periods + 2) * milliseconds:g} ms",
        "none missed by a quiet process" if chosen else "",
        _verdict(stressed.missed, calm.report.realtime) if chosen else Verdict.NONE,
    )


def _verdict(missed: int, realtime: bool) -> Verdict:
    return at_most(missed, 0) if realtime else Verdict.SKIPPED
