create schema if not exists stripe_sandbox;
set local search_path to stripe_sandbox;

-- Every Stripe object is one row; its JSON is exactly what the API answers.
create table if not exists objects (
    id text primary key,
    kind text not null,
    sequence bigint generated always as identity,
    parent text references objects (id),
    data jsonb not null,
    private jsonb not null default '{}'
);
-- The connected account an object belongs to; null for the platform's own.
alter table objects add column if not exists account text references objects (id);
create index if not exists objects_newest on objects (kind, sequence desc);
create index if not exists objects_children on objects (parent, sequence);
create index if not exists objects_data on objects using gin (data jsonb_path_ops);
create index if not exists objects_balances on objects (account) where kind = 'balance_transaction';
create index if not exists objects_open_sessions on objects (((data ->> 'expires_at')::bigint))
    where kind = 'checkout.session' and data ->> 'status' = 'open';

create table if not exists deliveries (
    id bigint generated always as identity primary key,
    event_id text not null references objects (id),
    url text not null,
    attempts integer not null default 0,
    due_at bigint not null,
    delivered_at bigint,
    given_up boolean not null default false,
    last_answer text not null default ''
);
alter table deliveries add column if not exists endpoint text not null default 'platform'
    check (endpoint in ('platform', 'connect'));
alter table deliveries add column if not exists held_by bigint;
alter table deliveries add column if not exists rank bigint not null default 0;
create index if not exists deliveries_due on deliveries (due_at) where delivered_at is null and not given_up;
create index if not exists deliveries_event on deliveries (event_id);

create table if not exists idempotency_keys (
    key text primary key,
    fingerprint text not null,
    status integer not null,
    body jsonb not null,
    created bigint not null
);

-- What tests turn: how far the clock is ahead, and where events go instead of the configured endpoint.
create table if not exists controls (
    only_row boolean primary key default true check (only_row),
    ahead bigint not null default 0,
    webhook_url text not null default ''
);
alter table controls add column if not exists connect_webhook_url text not null default '';
alter table controls add column if not exists negative_balances boolean not null default false;
insert into controls default values on conflict do nothing;

-- Tests ask for failures; each row is used up by the next request that matches.
create table if not exists faults (
    id bigint generated always as identity primary key,
    path text not null,
    kind text not null,
    remaining integer not null check (remaining > 0)
);
alter table faults drop constraint if exists faults_kind_check;
alter table faults add column if not exists seconds double precision not null default 20;

-- What the way to the webhook endpoints does to events; each row is used up by events that match.
create table if not exists delivery_switches (
    id bigint generated always as identity primary key,
    kind text not null,
    type text not null,
    remaining integer not null check (remaining > 0),
    copies integer not null,
    seconds bigint not null
);
