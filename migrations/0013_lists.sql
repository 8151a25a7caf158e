-- Lists are read along an index, in the order in which they are shown, from wherever a page begins.

CREATE INDEX customer_list ON customer (account_id, mode, created_at DESC, id);
CREATE INDEX vendor_list ON vendor (account_id, mode, created_at DESC, id);
CREATE INDEX platform_account_list ON platform_account (owner_id, owner_mode, created_at DESC, id);
CREATE INDEX api_key_list ON api_key (account_id, mode, created_at DESC, id) WHERE revoked_at IS NULL;
CREATE INDEX product_list ON product (account_id, mode, id) WHERE archived_at IS NULL;
CREATE INDEX subscription_list ON subscription (account_id, mode, product_id, started_at DESC, id);

-- Counts the top-ups that one payment link has made within a day: their metadata names the subscription.
CREATE INDEX top_up_of_link ON top_up (account_id, mode, customer_id, metadata, created_at);
