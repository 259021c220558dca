# The rounds, in the order in which they are played.
from rounds.limits import EveryLimit
from rounds.random_frames import RandomFrames
from rounds.signals import CleanStops, Kills, Pauses

ATTACKS = [EveryLimit(), RandomFrames(), CleanStops(), Pauses(), Kills()]
