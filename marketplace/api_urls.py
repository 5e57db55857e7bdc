from django.urls import path

from marketplace.api import buying, invoices, market, selling

BASE = "organizations/<slug:slug>/"

urlpatterns = [
    path("market/search/", market.Search.as_view(), name="market-search"),
    path("market/labels/", market.Labels.as_view(), name="market-labels"),
    path("market/offers/<str:public_id>/", market.MarketOffer.as_view(), name="market-offer"),
    path(f"{BASE}cart/", buying.Cart.as_view(), name="cart"),
    path(f"{BASE}cart/<str:public_id>/", buying.CartOffer.as_view(), name="cart-offer"),
    path(f"{BASE}orders/", buying.Orders.as_view(), name="orders"),
    path(f"{BASE}orders/<str:public_id>/", buying.OrderDetail.as_view(), name="order"),
    path(f"{BASE}orders/<str:public_id>/lines/", buying.OrderLines.as_view(), name="order-lines"),
    path(f"{BASE}orders/<str:public_id>/cancel/", buying.OrderCancel.as_view(), name="order-cancel"),
    path(f"{BASE}orders/<str:public_id>/refunds/", buying.OrderRefunds.as_view(), name="order-refunds"),
    path(f"{BASE}refunds/<str:public_id>/", buying.RefundDetail.as_view(), name="refund"),
    path(f"{BASE}invoices/", invoices.Invoices.as_view(), name="invoices"),
    path(f"{BASE}invoices/<str:public_id>/", invoices.InvoiceDetail.as_view(), name="invoice"),
    path(f"{BASE}invoices/<str:public_id>/pdf/", invoices.InvoicePdf.as_view(), name="invoice-pdf"),
    path(f"{BASE}billing/", invoices.Billing.as_view(), name="billing"),
    path(f"{BASE}grants/", buying.Grants.as_view(), name="grants"),
    path(f"{BASE}offers/", selling.Offers.as_view(), name="offers"),
    path(f"{BASE}offers/<str:public_id>/", selling.OfferDetail.as_view(), name="offer"),
    path(f"{BASE}offers/<str:public_id>/withdraw/", selling.OfferWithdraw.as_view(), name="offer-withdraw"),
    path(f"{BASE}offers/<str:public_id>/relist/", selling.OfferRelist.as_view(), name="offer-relist"),
    path(f"{BASE}sales/", selling.Sales.as_view(), name="sales"),
    path(f"{BASE}balance/", selling.Balance.as_view(), name="balance"),
]
