from django.urls import path

from accounts import api_views as views

urlpatterns = [
    path("me/", views.Me.as_view(), name="me"),
    path("me/invitations/", views.MyInvitations.as_view(), name="my-invitations"),
    path("me/invitations/<str:invitation_id>/", views.MyInvitation.as_view(), name="my-invitation"),
    path("me/organizations/<slug:slug>/", views.MySeat.as_view(), name="my-seat"),
    path("organizations/", views.Organizations.as_view(), name="organizations"),
    path("organizations/<slug:slug>/", views.OneOrganization.as_view(), name="organization"),
    path("organizations/<slug:slug>/members/", views.Members.as_view(), name="members"),
    path("organizations/<slug:slug>/members/<str:member_id>/", views.Member.as_view(), name="member"),
    path("organizations/<slug:slug>/invitations/", views.Invitations.as_view(), name="invitations"),
    path(
        "organizations/<slug:slug>/invitations/<str:invitation_id>/", views.SentInvitation.as_view(), name="invitation"
    ),
    path("organizations/<slug:slug>/tokens/", views.Tokens.as_view(), name="tokens"),
    path("organizations/<slug:slug>/tokens/<str:token_id>/", views.Token.as_view(), name="token"),
    path("organizations/<slug:slug>/audit/", views.Audit.as_view(), name="audit"),
]
