from django.urls import path

from datasets.api import classes, items, versions

DATASET = "organizations/<slug:slug>/datasets/<str:dataset>/"
ITEM = f"{DATASET}items/<str:asset>/"
VERSION = f"{DATASET}versions/<int:number>/"

urlpatterns = [
    path(f"{DATASET}classes/", classes.Classes.as_view(), name="classes"),
    path(f"{DATASET}classes/<str:public_id>/", classes.ClassDetail.as_view(), name="class"),
    path(f"{DATASET}classes/<str:public_id>/merge/", classes.ClassMerge.as_view(), name="class-merge"),
    path(f"{DATASET}items/", items.Items.as_view(), name="items"),
    path(ITEM, items.ItemDetail.as_view(), name="item"),
    path(f"{ITEM}annotations/", items.ItemAnnotations.as_view(), name="item-annotations"),
    path(f"{ITEM}annotations/undo/", items.ItemUndo.as_view(), name="item-undo"),
    path(f"{ITEM}changes/", items.ItemChanges.as_view(), name="item-changes"),
    path(f"{DATASET}versions/", versions.Versions.as_view(), name="versions"),
    path(VERSION, versions.VersionDetail.as_view(), name="version"),
    path(f"{VERSION}items/", versions.VersionItems.as_view(), name="version-items"),
    path(f"{VERSION}diff/", versions.VersionDiff.as_view(), name="version-diff"),
    path(f"{VERSION}manifest.jsonl", versions.VersionManifest.as_view(), name="version-manifest"),
]
