"""Names for the market that say nothing about who bears them: «Quiet Heron 4821»."""

from random import Random

_ADJECTIVES = """
Agile Amber Ample Ancient Arctic Autumn Azure Bold Brave Breezy Bright Brisk Bronze Calm Candid Careful Cedar Clear
Clever Cobalt Copper Coral Cosmic Crimson Crisp Curious Daring Dawn Deep Deft Distant Eager Early Earnest Ebony Elder
Emerald Even Fabled Fair Fearless Fine Fleet Fond Frosty Gentle Gilded Glad Golden Grand Granite Happy Hardy Hazel
Honest Humble Idle Indigo Ivory Jade Jolly Keen Kind Lively Lone Loyal Lucid Lucky Lunar Maple Mellow Merry Mighty
Misty Modest Mossy Neat Nimble Noble Northern Olive Opal Patient Pearl Placid Plain Polar Prime Proud Quick Quiet
Rapid Ready Rosy Royal Ruby Rustic Sage Scarlet Serene Sharp Silent Silver Sleek Snowy Solar Solid Spry Steady Still
Stone Sunny Sure Swift Tawny Tidy Topaz True Twilight Upland Velvet Vivid Warm Wild Willow Windy Winter Wise Witty
Woodland Young Zesty
"""

_ANIMALS = """
Albatross Alpaca Antelope Badger Bat Bear Beaver Bee Bison Bittern Bluebird Bobcat Buffalo Bullfinch Bunting Camel
Caribou Cat Chamois Cheetah Chough Cormorant Cougar Crane Cricket Crow Curlew Deer Dolphin Dormouse Dove Dragonfly
Duck Dunlin Eagle Egret Eider Elk Ermine Falcon Ferret Finch Firefly Flamingo Fox Frog Gannet Gazelle Gecko Goldfinch
Goose Grebe Grouse Gull Hare Hawk Hedgehog Heron Hoopoe Hummingbird Ibex Ibis Iguana Impala Jackdaw Jaguar Jay Kestrel
Kingfisher Kite Koala Lapwing Lark Lemur Leopard Linnet Lion Lizard Llama Lynx Magpie Mallard Manatee Marmot Marten
Martin Meerkat Merlin Mole Moose Narwhal Newt Nightingale Nuthatch Ocelot Octopus Oriole Osprey Otter Owl Panda
Panther Partridge Pelican Penguin Petrel Pheasant Pika Pintail Pipit Plover Porpoise Puffin Puma Quail Rabbit Raccoon
Raven Redstart Robin Rook Salmon Sandpiper Seal Shrew Siskin Skylark Snipe Sparrow Squirrel Starling Stoat Stork
Swallow Swan Swift Tapir Teal Tern Thrush Tiger Toad Toucan Turtle Vole Wagtail Walrus Warbler Weasel Whale Wigeon
Wolf Wombat Woodpecker Wren Yak Zebra
"""

ADJECTIVES, ANIMALS = _ADJECTIVES.split(), _ANIMALS.split()


def draw(random: Random) -> str:
    """One of about 200 million names; a taken one is drawn again."""
    return f"{random.choice(ADJECTIVES)} {random.choice(ANIMALS)} {random.randrange(1000, 10_000)}"
