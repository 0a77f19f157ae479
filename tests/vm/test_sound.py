"""Sound on a real ALSA card: what a client has played is what the card is told, sample by sample.

The engine writes 32 bits, the emulator records 16: it leaves the lower half out. A clip of 16 bits loses nothing
thereby, whatever else is compared may be one step lower.
"""

import json

import httpx
import numpy as np
import pytest

from tests.heard import RATE, sweep
from tests.playing import clips, is_silent, noise, parameters, play, untouched_levels
from tests.suite import until
from tests.vm.machine import VirtualMachine, python_line
from tests.vm.sound import SILENT_S, begin_of, mono, unbroken, values

_LISTEN = """
import json, subprocess, threading, time
import numpy as np
from hw.boards.c8210_hat import BOARD, SENSE
from hw.drivers.alsa import AlsaInput, open_input
# As many bits as a float32 has: nothing is rounded on the way.
chance = np.random.default_rng(8210)
sides = chance.integers(-(1 << 22), 1 << 22, (2, 48_000)) * 512
raw = ["-q", "-t", "raw", "-f", "S32_LE", "-r", "48000", "-c", "2"]
player = subprocess.Popen(["aplay", *raw, "-D", "hw:c8210hat,1"], stdin=subprocess.PIPE)
time.sleep(2)
microphone, sense = open_input(BOARD.sound), AlsaInput(SENSE)
quiet = bytes(8 * 24_000)
played = quiet + sides.T.astype("<i4").tobytes() + quiet
feeder = threading.Thread(target=player.communicate, args=(played,))
feeder.start()
heard = [[], []]
for _ in range(220):
    for side, device in enumerate((microphone, sense)):
        heard[side].append(device.read())
feeder.join()
wrong = []
for side in range(2):
    samples = np.round(np.concatenate(heard[side]).astype(np.float64) * 2.0**31).astype(np.int64)
    begin = int(np.argmax(samples != 0))
    part = samples[begin : begin + 48_000]
    wrong.append(int(np.count_nonzero(part != sides[side][: len(part)])) + 48_000 - len(part))
print(json.dumps([wrong, microphone.overruns, sense.overruns, microphone.description]))
"""


@pytest.mark.covers("M-HW-06", part="up to the codec's input")
def test_a_clip_is_what_the_card_is_told(
    machine: VirtualMachine, administrator: httpx.Client
) -> None:
    """Every sample of it, on both channels, and nothing before and after it but silence."""
    untouched_levels(administrator)
    wanted = np.concatenate([sweep(2.0), noise(2.0, seed=1)])
    with clips(administrator, exact=wanted) as numbers:
        begin = machine.heard()
        play(administrator, numbers["exact"])
        until("it plays", lambda: machine.heard() > begin, SILENT_S)
        until("it is over", lambda: is_silent(administrator), SILENT_S)
        end = begin + len(wanted) + RATE
        until("the rest", lambda: machine.heard() > end or not _plays(machine), SILENT_S)
    recorded = mono(machine.recording(begin))
    start = begin_of(recorded, wanted)
    played = recorded[start : start + len(wanted)]
    assert np.array_equal(played, values(wanted))
    assert not recorded[:start].any()
    assert not recorded[start + len(wanted) :].any()


def _plays(machine: VirtualMachine) -> bool:
    return machine.does("cat /proc/asound/card0/pcm0p/sub0/status") != "closed"


@pytest.mark.parametrize("gain_db", [-6, -20])
def test_the_gain_is_what_it_says(
    machine: VirtualMachine, administrator: httpx.Client, gain_db: int
) -> None:
    """To a step of 16 bits."""
    untouched_levels(administrator)
    wanted = noise(2.0, seed=gain_db + 100)
    with (
        parameters(administrator, {"AudioSource.A0.OutputGain": str(gain_db)}),
        clips(administrator, softer=wanted) as numbers,
    ):
        begin = machine.heard()
        play(administrator, numbers["softer"])
        until("it plays", lambda: machine.heard() > begin, SILENT_S)
        until("it is over", lambda: is_silent(administrator), SILENT_S)
        until(
            "the rest", lambda: not _plays(machine) or machine.heard() > begin + 3 * RATE, SILENT_S
        )
    recorded = mono(machine.recording(begin))
    start = begin_of(recorded, wanted)
    due = wanted * 10 ** (gain_db / 20) * 32_768
    off = recorded[start : start + len(wanted)] - due
    assert off.min() > -1.01
    assert off.max() < 0.01


def test_the_engine_runs_in_real_time(machine: VirtualMachine, administrator: httpx.Client) -> None:
    """Its thread by SCHED_FIFO, no higher than its unit's limit, and every sample comes while the processor is busy."""
    with unbroken(machine, administrator):
        pid = machine.does("systemctl show -P MainPID c8210-audio.service")
        tasks = machine.does(f"for t in /proc/{pid}/task/*; do chrt -p $(basename $t); done")
        limits = machine.does(f"grep 'realtime priority' /proc/{pid}/limits").split()
        load = "for n in 1 2 3 4; do ( timeout 4 sh -c 'while :; do :; done' & ); done; sleep 5"
        machine.does(load)
    assert tasks.count("SCHED_FIFO") == 1, tasks
    priorities = [int(line.split()[-1]) for line in tasks.splitlines() if "priority" in line]
    assert 0 < max(priorities) <= 60
    assert limits[3:5] == ["60", "60"], limits


@pytest.mark.covers("M-HW-05", part="from the kernel's card to the driver")
def test_the_input_is_what_the_card_records(machine: VirtualMachine) -> None:
    """Both sides of the codec at once, by the unit's own user, through etc/alsa: microphone left, current right.

    The emulated card records nothing, so the kernel's own loop takes its place and its name.
    """
    machine.does("modprobe snd-aloop pcm_substreams=1")
    card = machine.does(
        "readlink -f /sys/class/sound/card0/id; grep -l Loopback /sys/class/sound/card*/id"
    )
    first, loop = card.split()
    machine.does(f"printf emulated >{first}; printf c8210hat >{loop}")
    try:
        listen = python_line(_LISTEN, interpreter="/usr/lib/c8210/venv/bin/python3")
        who = "chrt --fifo 20 setpriv --reuid=c8210-audio --regid=c8210-audio --groups=audio"
        told = machine.does(f"( cd /usr/lib/c8210 && exec {who} {listen} )").splitlines()[-1]
    finally:
        machine.does(f"printf Loopback >{loop}; printf c8210hat >{first}; rmmod snd-aloop")
    wrong, *overruns, description = json.loads(told)
    assert wrong == [0, 0], told
    assert overruns == [0, 0]
    assert description.startswith("c8210_microphone: S32_LE stereo, 48000 Hz, 480 x"), description
