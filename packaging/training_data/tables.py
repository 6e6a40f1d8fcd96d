# SPDX-License-Identifier: Apache-2.0
"""What was decided by looking: which pictures are taken, and words for those whose files have none."""
import re

# Activities of gcompris whose opaque pictures are photographs, and what all of theirs show.
PHOTO_FOLDERS = {
    "categorization/resource/images/fishes": "fish",
    "categorization/resource/images/monuments": "monument",
    "categorization/resource/images/others": "",
    "categorization/resource/images/renewable": "renewable energy",
    "categorization/resource/images/tools": "tool",
    "clickgame/resource": "underwater",
    "erase/resource": "animal",
    "explore_farm_animals/resource/animals": "farm animal",
    "explore_monuments/resource": "monument",
    "explore_world_animals/resource/animals": "animal",
    "explore_world_music/resource/music": "music",
}
# Shipped in resources/samples.
SAMPLES = ("explore_monuments/resource/wonders/machuPicchu.webp",)
# Names for photographs whose file names do not tell.
PHOTO_NAMES = {
    "fish1": "gray angelfish", "fish2": "sand smelt", "fish3": "cichlid", "fish4": "yellow perch", "fish5": "anthias", "fish6": "discus fish",
    "fish7": "red mullet", "fish8": "salmon", "fish9": "clownfish", "fish10": "anthias", "fish11": "golden trout", "fish12": "sea bream",
    "fish13": "wrasse", "fish14": "anthias", "fish15": "brown wrasse", "fish16": "pandora fish", "fish17": "grenadier fish", "fish18": "boarfish",
    "fish19": "sea bream", "fish20": "mullet", "fish21": "pompano", "fish22": "wrasse", "fish23": "rainbow wrasse", "fish24": "rainbow wrasse",
    "fish25": "goldfish", "fish26": "sand smelt", "fish27": "weever", "fish28": "puffer fish",
    "monument1": "dome of the rock", "monument2": "tetrapylon", "monument3": "church", "cathedral": "cathedral of santiago de compostela",
    "burj": "burj khalifa", "empireState": "empire state building", "kutubMinar": "qutub minar", "leMusee": "louvre pyramid",
    "operaHouse": "sydney opera house", "usCapitol": "united states capitol", "zimniPalace": "winter palace", "cabrillo": "statue of cabrillo",
    "castleClinton": "aerial view of a city", "navajo": "cliff dwellings", "gatewayofIndia": "gateway of india", "montStMichel": "mont saint michel",
    "statueofLiberty": "statue of liberty", "greatWallofChina": "great wall of china", "castillodeSanMarcos": "star fort",
    "canyondeChelly": "canyon", "fortSumter": "fort", "georgeWashingtonBirthplace": "brick house", "chateaudeChambord": "chambord castle",
    "chateaudeChenonceau": "chenonceau castle", "citedeCarcassonne": "carcassonne", "palaisdesPapes": "palace of the popes",
    "pontduGard": "roman aqueduct", "rocamadour": "village on a cliff", "arlesAmphitheater": "roman amphitheater",
    "blackslate": "blackboard", "buffetset": "cup and saucer", "bulb": "light bulb", "erasers": "eraser", "knife": "knife fork and spoon",
    "pan": "frying pan", "weighingMachine": "laboratory scale", "bucket": "wooden bucket", "geothermal": "geothermal power station",
    "solar1": "solar cooker", "solar2": "solar cooker", "solar3": "solar cookers", "solar4": "solar panel", "solar5": "solar panel",
    "solar6": "solar panels on a roof", "solar7": "solar panel", "solar8": "solar panels on a roof",
    "cuttingTool": "side cutters", "nailCutter": "nail clipper", "plier1": "pliers", "plier2": "pliers", "plier3": "pliers", "plier4": "pliers",
    "screwDriver1": "screwdriver", "screwDriver2": "screwdriver", "screwDriver3": "torque screwdrivers", "sideCutter1": "side cutters",
    "spray": "spray bottle", "tweezer": "tweezers", "tweezer1": "tweezers", "measuringTape2": "long measuring tape",
    "sea1": "sea floor", "sea2": "sea floor", "sea3": "coral reef", "sea4": "coral", "sea5": "blue water", "sea6": "basket star",
    "dragon": "komodo dragon", "chamaeleon": "chameleon", "long_nosed_monkey": "proboscis monkey", "cat": "playing cat",
    "africa": "african drums", "america": "drum kit", "australia": "man playing a didgeridoo", "ireland": "band on a stage", "italy": "opera singers",
    "japan": "taiko drums", "mexico": "mariachi musicians", "middleeast": "dutar",
}
# Wallpapers that are taken, with words for them; the first is the name.
WALLPAPERS = {
    "Bridge_by_Sander_Klootwijk": ["bridge cables", "sea", "sky"],
    "Dragonfly_by_Bolly": ["dragonfly", "leaves", "tree"],
    "Picture_0B_by_freespace": ["fig in a red bowl", "fruit", "bowl"],
    "Picture_1A_by_freespace": ["paint brushes", "brush", "paint", "colors"],
    "Wine_by_Jakkub_Mede": ["wine and a drum", "room", "table"],
    "aitzgorri_by_Aitzol_Berasategi": ["mountains", "meadow", "landscape"],
    "analogpattern_by_Peter_Nerlich": ["colored noise", "texture", "abstract"],
    "free_by_Peter_Nerlich": ["flying bird", "bird", "lamp"],
    "friends_by_Aitzol_Berasategi": ["two dogs", "dog", "fence"],
    "greentock_by_Peter_Nerlich": ["clock", "dial"],
    "life_by_Aitzol_Berasategi": ["stream in a forest", "water", "forest"],
    "picosdeeuropa_by_Aitzol_Berasategi": ["mountain path", "mountains", "landscape"],
    "seeding_by_Clements_Engelhardt": ["dandelions", "flower", "meadow"],
    "sunset_by_Aitzol_Berasategi": ["sunset", "mountains", "sun"],
    "umang_by_Abhishek_Mudgal": ["color gradient", "abstract"],
    "Fossa_by_Jasper_Roks": ["red shapes", "abstract"],
    "Infinite-Sea_by_Aury88": ["milky way over the sea", "night", "stars"],
    "Kleiber_by_Lukas_Baubkus": ["nuthatch on a tree", "bird", "tree"],
    "Painting-Colors_by__herobrine7gamer": ["stripes", "abstract"],
    "warty-final-ubuntu": ["purple gradient", "abstract"],
    "after-the-rain": ["mountains after the rain", "clouds", "mountains"],
    "appleflower": ["apple blossom", "flower", "branch"],
    "beam": ["sunbeams through clouds", "clouds", "landscape"],
    "butterfly": ["butterfly on a flower", "butterfly", "insect"],
    "drop": ["drop of water on grass", "water", "grass"],
    "flowers": ["meadow flowers", "flower", "meadow"],
    "fog": ["fog over fields", "fog", "landscape"],
    "this-is-not-windows": ["hills", "field", "landscape"],
    "2004default": ["ribbons", "abstract"],
    "calla": ["calla lily", "flower"],
    "city": ["dark blue shapes", "abstract"],
    "desert": ["desert dunes", "abstract"],
    "firstgeneration": ["cartoon dragon head", "drawing"],
    "fluent-color": ["pink waves", "abstract"],
    "focal-ubuntukylin": ["letters on a blue gradient", "abstract"],
    "goldfish": ["goldfish", "fish", "drawing"],
    "rhythm": ["ribbons", "abstract"],
    "rollpaper": ["rolled paper", "abstract"],
    "string": ["strings", "abstract"],
    "the-mouse": ["glowing mouse head", "drawing"],
}
LXQT_PHOTOGRAPHS = ["after-the-rain", "appleflower", "beam", "butterfly", "drop", "flowers", "fog", "this-is-not-windows"]
# Photographs of opencv-doc; where they come from is not told, so they only ever test.
OUT_OF_DOMAIN = """alphamat/input_images/plant.jpg data/aero1.jpg data/aloeL.jpg data/apple.jpg data/baboon.jpg data/board.jpg data/building.jpg
data/butterfly.jpg data/chicky_512.png data/ela_original.jpg data/fruits.jpg data/graf1.png data/home.jpg data/leuvenA.jpg data/messi5.jpg
data/orange.jpg data/rubberwhale1.png data/smarties.png data/squirrel_cls.jpg""".split()

# Clip art that is left out by folder.
CLIPART_LEFT_OUT = {"signs_and_symbols/flags": "a flag", "logos": "a trademark"}
UNWANTED = re.compile(r"pantyhose|thongs|sexy|stripper|\bnudes?\b|naked", re.I)
# Emoji that are never held out: people, and drawings that differ from many others by a detail only.
NOT_HELD_OUT = re.compile(r"""\b(person|people|man|men|woman|women|boy|girl|child|baby|adult|face|hand|finger|body|family|couple|kiss|gesture|button|arrow|clock|
o’clock|zodiac|square|circle|sign|symbol|japanese|moon|heart|mark|squared|diamond|triangle|mosque|prohibited|not|no|dash|suit|tile|playback|thumb|hair|
sun|skin|mailbox|envelope|globe|book|number|input|
prince|vampire|zombie|exploding|oncoming|potable|luggage|baggage|loop|low)\b""", re.X)
