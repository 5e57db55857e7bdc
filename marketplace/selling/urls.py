from django.urls import path

from marketplace.selling import list_views, listing_views, rights_views, sales_views

app_name = "selling"

urlpatterns = [
    path("o/<slug:slug>/listings/", listing_views.listings, name="listings"),
    path("o/<slug:slug>/listings/change/", listing_views.change_many, name="change_many"),
    path("o/<slug:slug>/listings/<str:public_id>/", listing_views.listing, name="listing"),
    path("o/<slug:slug>/listings/<str:public_id>/change/", listing_views.change_one, name="change_one"),
    path("o/<slug:slug>/listings/<str:public_id>/images/", listing_views.list_images, name="list_images"),
    path("o/<slug:slug>/datasets/<str:dataset>/list/", list_views.choose_version, name="choose_version"),
    path("o/<slug:slug>/versions/<str:version>/list/", list_views.list_version, name="list_version"),
    path("o/<slug:slug>/versions/<str:version>/list/preview/", list_views.list_preview, name="list_preview"),
    path("o/<slug:slug>/datasets/<str:dataset>/rights/", rights_views.rights, name="rights"),
    path("o/<slug:slug>/sales/", sales_views.sales, name="sales"),
    path("o/<slug:slug>/sales/export/", sales_views.export, name="sales_export"),
]
