from django.urls import path

from marketplace.buying import invoice_views, views

app_name = "buying"

urlpatterns = [
    path("cart/", views.my_cart, name="cart"),
    path("cart/add/", views.cart_add, name="cart_add"),
    path("o/<slug:slug>/cart/", views.cart, name="cart"),
    path("o/<slug:slug>/cart/remove/", views.cart_remove, name="cart_remove"),
    path("o/<slug:slug>/cart/checkout/", views.checkout, name="checkout"),
    path("o/<slug:slug>/purchases/", views.purchases, name="purchases"),
    path("o/<slug:slug>/orders/<str:public_id>/", views.order, name="order"),
    path("o/<slug:slug>/orders/<str:public_id>/status/", views.order_status, name="order_status"),
    path("o/<slug:slug>/orders/<str:public_id>/pay/", views.order_pay, name="order_pay"),
    path("o/<slug:slug>/orders/<str:public_id>/refund/", views.order_refund, name="order_refund"),
    path("o/<slug:slug>/orders/<str:public_id>/cancel/", views.order_cancel, name="order_cancel"),
    path("o/<slug:slug>/invoices/", invoice_views.invoices, name="invoices"),
    path("o/<slug:slug>/invoices/export/", invoice_views.invoices_export, name="invoices_export"),
    path("o/<slug:slug>/invoices/<str:public_id>/pdf/", invoice_views.invoice_pdf, name="invoice_pdf"),
    path("o/<slug:slug>/settings/billing/", invoice_views.billing, name="billing"),
]
