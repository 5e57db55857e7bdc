from dataclasses import replace

from projects.rules.contents import Purchase, content_key, parts

WHOLE = Purchase("Street scenes", 1, "a" * 64, "Lunar Curlew", 1, "research", 1, "b" * 64, "coco")
ONE = replace(WHOLE, title="A bus", asset_id=7, asset_sha256="c" * 64)
OTHER = replace(WHOLE, title="A tram", asset_id=9, asset_sha256="9" * 64)


def test_a_whole_manifest_includes_its_single_assets() -> None:
    (part,) = parts([ONE, WHOLE, OTHER])
    assert part.asset_ids is None
    assert part.folder == "street-scenes-aaaaaaaa-research"


def test_single_assets_of_one_manifest_share_a_folder_in_a_fixed_order() -> None:
    (part,) = parts([ONE, OTHER])
    assert part.asset_ids == (9, 7)
    assert part == parts([OTHER, ONE])[0]


def test_another_licence_is_another_folder() -> None:
    other = replace(WHOLE, license_code="cc-by-4.0", license_sha256="d" * 64)
    assert len(parts([WHOLE, other])) == 2


def test_equal_content_has_one_key_whatever_its_database_ids() -> None:
    moved = replace(WHOLE, manifest_id=99, license_id=98)
    assert content_key(parts([WHOLE]), "coco") == content_key(parts([moved]), "coco")
    assert content_key(parts([WHOLE]), "coco") != content_key(parts([WHOLE]), "voc")
    assert content_key(parts([WHOLE]), "coco") != content_key(
        parts([WHOLE, replace(ONE, manifest_sha256="e" * 64)]), "coco"
    )


def test_a_title_of_other_letters_still_makes_a_folder() -> None:
    assert parts([replace(WHOLE, title="街道")])[0].folder == "dataset-aaaaaaaa-research"
