# The rounds, in the order in which they run.
from rounds.administration import Pipelines
from rounds.crowds import Connections, Producers, Streams
from rounds.damage import DamageWhileDown, DamageWhileRunning
from rounds.limits import EveryLimit
from rounds.random_frames import RandomFrames
from rounds.readers import LargeFetches, SlowReaders
from rounds.retention import Emptied
from rounds.shortages import Descriptors, DiskFull
from rounds.signals import CleanStops, Kills, KillsWithoutKeeper, Pauses
from rounds.strangers import Strangers

ATTACKS = [EveryLimit(), RandomFrames(), Strangers(), Pipelines(), LargeFetches(), SlowReaders(), Connections(), Streams('streams', 300), Producers(),
           Streams('streams-thousands', 5000, long=True), Streams('streams-limit', 65_530, long=True), Descriptors(), DiskFull(), Emptied(), CleanStops(), Pauses(), Kills(), KillsWithoutKeeper(), DamageWhileDown(),
           DamageWhileRunning()]
