from django.urls import path

from datasets.api import assets, classes, datasets, items, uploads, versions

DATASET = "organizations/<slug:slug>/datasets/<str:dataset>/"
ITEM = f"{DATASET}items/<str:asset>/"
UPLOAD = "organizations/<slug:slug>/uploads/<str:public_id>/"
VERSION = f"{DATASET}versions/<int:number>/"

urlpatterns = [
    path("organizations/<slug:slug>/datasets/", datasets.Datasets.as_view(), name="datasets"),
    path(DATASET, datasets.DatasetDetail.as_view(), name="dataset"),
    path(f"{DATASET}uploads/", uploads.DatasetUploads.as_view(), name="dataset-uploads"),
    path(UPLOAD, uploads.UploadDetail.as_view(), name="upload"),
    path(f"{UPLOAD}files/", uploads.UploadFiles.as_view(), name="upload-files"),
    path(f"{UPLOAD}start/", uploads.UploadStart.as_view(), name="upload-start"),
    path(f"{UPLOAD}cancel/", uploads.UploadCancel.as_view(), name="upload-cancel"),
    path(f"{UPLOAD}outcomes/", uploads.UploadOutcomes.as_view(), name="upload-outcomes"),
    path("organizations/<slug:slug>/assets/", assets.Assets.as_view(), name="assets"),
    path("organizations/<slug:slug>/assets/<str:public_id>/", assets.AssetDetail.as_view(), name="asset"),
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
