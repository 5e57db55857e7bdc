"""Boxes drawn by hand on the photographs that scikit-image and scikit-learn carry: class, x, y, width, height."""

Box = tuple[str, int, int, int, int]

SCENES: dict[str, list[Box]] = {
    "astronaut.png": [
        ("person", 10, 12, 350, 500),
        ("face", 182, 62, 101, 128),
        ("helmet", 280, 345, 232, 167),
        ("rocket", 350, 0, 107, 283),
    ],
    "chelsea.png": [
        ("cat", 0, 0, 400, 300),
        ("eye", 134, 80, 75, 70),
        ("eye", 294, 103, 51, 62),
        ("nose", 230, 221, 53, 45),
    ],
    "coffee.png": [("cup", 173, 18, 238, 256), ("saucer", 78, 80, 402, 306), ("spoon", 325, 67, 100, 264)],
    "rocket.jpg": [("rocket", 306, 127, 30, 280), ("tower", 0, 3, 88, 422), ("tower", 558, 0, 58, 418)],
    "motorcycle_left.png": [
        ("motorcycle", 92, 75, 591, 380),
        ("wheel", 124, 240, 156, 162),
        ("wheel", 510, 265, 173, 190),
    ],
    "motorcycle_right.png": [
        ("motorcycle", 70, 78, 557, 375),
        ("wheel", 78, 235, 133, 169),
        ("wheel", 467, 267, 161, 190),
    ],
    "china.jpg": [("pagoda", 71, 25, 299, 371)],
    "flower.jpg": [("flower", 168, 85, 278, 278), ("flower", 287, 377, 159, 50)],
}
