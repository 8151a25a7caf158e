// Made by scripts/client-types.sh of www/assets/openapi.json; changes by hand are lost.

export interface paths {
    "/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** platform accounts that this one has created; the list takes `external_id` */
        get: operations["getAccounts"];
        put?: never;
        /** platform accounts that this one has created; the list takes `external_id` */
        post: operations["postAccounts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/self": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** the account and the side that a call acts for */
        get: operations["getAccountsSelf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/self/branding": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** how what your customers see looks: see Branding */
        get: operations["getAccountsSelfBranding"];
        /** how what your customers see looks: see Branding */
        put: operations["putAccountsSelfBranding"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/self/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** the budgets that its customers inherit, on this side; all of them are replaced */
        get: operations["getAccountsSelfBudgets"];
        /** the budgets that its customers inherit, on this side; all of them are replaced */
        put: operations["putAccountsSelfBudgets"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/self/packs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** what is offered for top-ups: packs, limits, bonuses: see Top-ups */
        get: operations["getAccountsSelfPacks"];
        /** what is offered for top-ups: packs, limits, bonuses: see Top-ups */
        put: operations["putAccountsSelfPacks"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/self/processors/stripe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** the connection, never with its key; it ends */
        get: operations["getAccountsSelfProcessorsStripe"];
        /** connects Stripe to this side, or changes how it is connected: see Top-ups */
        put: operations["putAccountsSelfProcessorsStripe"];
        post?: never;
        /** the connection, never with its key; it ends */
        delete: operations["deleteAccountsSelfProcessorsStripe"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/self/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** its settings: what no price knows */
        get: operations["getAccountsSelfSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** its settings: what no price knows */
        patch: operations["patchAccountsSelfSettings"];
        trace?: never;
    };
    "/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** platform accounts that this one has created; the list takes `external_id` */
        get: operations["getAccountsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/assets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** assets; currencies that Stripe knows exist without being created */
        get: operations["getAssets"];
        put?: never;
        /** assets; currencies that Stripe knows exist without being created */
        post: operations["postAssets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/assets/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** assets; currencies that Stripe knows exist without being created */
        get: operations["getAssetsByCode"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/assets/{code}/quote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** what an amount buys now, or bought at `exchange_at` */
        post: operations["postAssetsByCodeQuote"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/assets/{code}/rates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** what is paid for an asset from a moment on */
        post: operations["postAssetsByCodeRates"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/authorize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** price the most that this work can cost, check and hold, in one step */
        post: operations["postAuthorize"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/billing-portal/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** a link to a customer's own page: see The customer's page */
        post: operations["postBillingPortalSessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/billing-portal/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** the link ends now */
        delete: operations["deleteBillingPortalSessionsById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** redeem codes, one or a batch; shown once: see Redeem codes. The list takes `batch_id` */
        get: operations["getCodes"];
        put?: never;
        /** redeem codes, one or a batch; shown once: see Redeem codes. The list takes `batch_id` */
        post: operations["postCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/codes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** redeem codes, one or a batch; shown once: see Redeem codes. The list takes `batch_id` */
        get: operations["getCodesById"];
        put?: never;
        post?: never;
        /** nobody redeems it any more */
        delete: operations["deleteCodesById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** customers; `external_id` stands for the id everywhere, without a look-up. The list takes `customer_id`, `external_id`, `email`, `name` and `status` (`active` with an active subscription, `inactive` without one) */
        get: operations["getCustomers"];
        put?: never;
        /** customers; `external_id` stands for the id everywhere, without a look-up. The list takes `customer_id`, `external_id`, `email`, `name` and `status` (`active` with an active subscription, `inactive` without one) */
        post: operations["postCustomers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** what was charged, what it cost, what is left: see Stats */
        get: operations["getCustomersStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** customers; `external_id` stands for the id everywhere, without a look-up. The list takes `customer_id`, `external_id`, `email`, `name` and `status` (`active` with an active subscription, `inactive` without one) */
        get: operations["getCustomersById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** another `name`, `external_id`, `email` or `metadata`; what is left out stays */
        patch: operations["patchCustomersById"];
        trace?: never;
    };
    "/v1/customers/{id}/codes/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** what a code would give to this customer; changes nothing */
        post: operations["postCustomersByIdCodesPreview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/codes/redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** gives it, once */
        post: operations["postCustomersByIdCodesRedeem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/payment-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** every link at which this customer pays ends now; subscriptions show another one */
        delete: operations["deleteCustomersByIdPaymentLinks"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/payment-methods": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** what the customer can be charged by: see Payment methods */
        get: operations["getCustomersByIdPaymentMethods"];
        put?: never;
        /** what the customer can be charged by: see Payment methods */
        post: operations["postCustomersByIdPaymentMethods"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/payment-methods/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** a link at which the customer adds one */
        post: operations["postCustomersByIdPaymentMethodsSessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/payment-methods/{payment_method}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** it is charged no more; refused while a recharge rule charges it */
        delete: operations["deleteCustomersByIdPaymentMethodsByPaymentByMethod"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/payment-methods/{payment_method}/default": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** it is charged where nothing else is said */
        put: operations["putCustomersByIdPaymentMethodsByPaymentByMethodDefault"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/payment-methods/{payment_method}/simulate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** it expires, is renewed or is taken away, on the test side */
        post: operations["postCustomersByIdPaymentMethodsByPaymentByMethodSimulate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** all payments of a customer, newest first, with receipts and what went back: see Payments */
        get: operations["getCustomersByIdPayments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** what was charged, what it cost, what is left: see Stats */
        get: operations["getCustomersByIdStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** subscribe to products: see Subscriptions */
        post: operations["postCustomersByIdSubscriptions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/subscriptions/{subscription}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** `status` (`active`, `inactive`), or `cancel_at_period_end` */
        patch: operations["patchCustomersByIdSubscriptionsBySubscription"];
        trace?: never;
    };
    "/v1/customers/{id}/subscriptions/{subscription}/products/{product}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** another `version` of the product, or another `product` in its place; `prorate`, true unless said otherwise */
        patch: operations["patchCustomersByIdSubscriptionsBySubscriptionProductsByProduct"];
        trace?: never;
    };
    "/v1/customers/{id}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** a token with which a page or an app of yours calls for one customer: see Tokens of customers */
        post: operations["postCustomersByIdTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/tokens/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** it ends */
        delete: operations["deleteCustomersByIdTokensByToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/tokens/{token}/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** the same rights for longer, as another token */
        post: operations["postCustomersByIdTokensByTokenRefresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** all accounts of a wallet; `seq` is the journal entry that they include, which may be an expiry about to be written */
        get: operations["getCustomersByIdWallet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/adjustments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** credit (+) or debit (-) by hand */
        post: operations["postCustomersByIdWalletAdjustments"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** every budget and what it has counted */
        get: operations["getCustomersByIdWalletBudgets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/budgets/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** one budget; with `each`, the values that it tells apart (`limit`, `cursor`) */
        get: operations["getCustomersByIdWalletBudgetsByCode"];
        /** set or replace a budget, remove it */
        put: operations["putCustomersByIdWalletBudgetsByCode"];
        post?: never;
        /** set or replace a budget, remove it */
        delete: operations["deleteCustomersByIdWalletBudgetsByCode"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/charges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** debit an amount for something that is not priced usage */
        post: operations["postCustomersByIdWalletCharges"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** the journal, newest first (`limit`, `cursor`) */
        get: operations["getCustomersByIdWalletEntries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/entries/{entry}/receipt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** what an entry did, to be checked by itself: see Receipts */
        get: operations["getCustomersByIdWalletEntriesByEntryReceipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** `frozen`: whether the wallet authorizes nothing, with a `reason` */
        put: operations["putCustomersByIdWalletFreeze"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/grants/{grant}/void": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** take back what is left of a grant: see Taking back */
        post: operations["postCustomersByIdWalletGrantsByGrantVoid"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/holds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** open holds, oldest first (`limit`, `cursor`) */
        get: operations["getCustomersByIdWalletHolds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** how the wallet stands; with `Upgrade: websocket` the same, and then what happens: see Watching a wallet */
        get: operations["getCustomersByIdWalletLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/overdraft": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** how far below zero authorizations may take each account */
        get: operations["getCustomersByIdWalletOverdraft"];
        /** how far below zero authorizations may take each account */
        put: operations["putCustomersByIdWalletOverdraft"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/pricings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** price such usage, or put an estimate right */
        post: operations["postCustomersByIdWalletPricings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/recharge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** the rules by which the wallet fills itself again, and where each stands: see Automatic recharge */
        get: operations["getCustomersByIdWalletRecharge"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/recharge/{asset}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** the rules by which the wallet fills itself again, and where each stands: see Automatic recharge */
        get: operations["getCustomersByIdWalletRechargeByAsset"];
        /** set the rule of an asset, as a whole */
        put: operations["putCustomersByIdWalletRechargeByAsset"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/recharge/{asset}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** its last five recharges that have ended: see Automatic recharge */
        get: operations["getCustomersByIdWalletRechargeByAssetAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/recharge/{asset}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** what setting it would do now; nothing is changed */
        post: operations["postCustomersByIdWalletRechargeByAssetPreview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/refunds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** a payment goes back, or with `preview` what that would take: see Refunds and disputes */
        post: operations["postCustomersByIdWalletRefunds"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/reversals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** take back what a charge, usage or a capture took */
        post: operations["postCustomersByIdWalletReversals"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `late_events_days`: for how many days a late event is recorded */
        get: operations["getCustomersByIdWalletSettings"];
        /** `late_events_days`: for how many days a late event is recorded */
        put: operations["putCustomersByIdWalletSettings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/transactions/{transaction}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** an adjustment or a charge; a refund or a dispute by its own id */
        get: operations["getCustomersByIdWalletTransactionsByTransaction"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/unpriced": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** usage that waits for a price: see Usage without a price (`limit`, `cursor`) */
        get: operations["getCustomersByIdWalletUnpriced"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** one account, such as `default:USD` */
        get: operations["getCustomersByIdWalletByAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/customers/{id}/wallet/{account}/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** grants in the order in which they are spent, then the spent ones (`limit`, `offset`, `purpose`, `exclude_expired`, `effective_from`, `effective_to`, `expired_from`, `expired_to`: days or times, both ends included) */
        get: operations["getCustomersByIdWalletByAccountGrants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** usage events, last received first: see Events */
        get: operations["getEvents"];
        put?: never;
        /** record usage that happened */
        post: operations["postEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/{event}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** an event with its fees, costs and stats. With `?customer_id=` or `?customer_external_id=` exact at once; without, as the wallets have told the directory, which follows within moments */
        get: operations["getEventsByEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/holds/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** a hold in any state */
        get: operations["getHoldsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/holds/{id}/capture": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** charge what was used; a final capture releases the rest */
        post: operations["postHoldsByIdCapture"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/holds/{id}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** more time, more money, or both */
        post: operations["postHoldsByIdExtend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/holds/{id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** give everything back */
        post: operations["postHoldsByIdRelease"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inbound-endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** endpoints for any other processor: see Any other processor */
        get: operations["getInboundEndpoints"];
        put?: never;
        /** endpoints for any other processor: see Any other processor */
        post: operations["postInboundEndpoints"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inbound-endpoints/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** endpoints for any other processor: see Any other processor */
        get: operations["getInboundEndpointsById"];
        put?: never;
        post?: never;
        /** endpoints for any other processor: see Any other processor */
        delete: operations["deleteInboundEndpointsById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/inbound-endpoints/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** its next secret; the one of before ends after `overlap_seconds` */
        post: operations["postInboundEndpointsByIdRotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** API keys; a new one is shown once */
        get: operations["getKeys"];
        put?: never;
        /** API keys; a new one is shown once */
        post: operations["postKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** revoke a key */
        delete: operations["deleteKeysById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** a new key in place of this one, which ends after `overlap_seconds` */
        post: operations["postKeysByIdRotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/meta": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** version and limits; whether it answers, without asking anybody; whether the directory answers */
        get: operations["getMeta"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** products; the list leaves archived ones out */
        get: operations["getProducts"];
        put?: never;
        /** products; the list leaves archived ones out */
        post: operations["postProducts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** products; the list leaves archived ones out */
        get: operations["getProductsById"];
        put?: never;
        /** the next version of a product */
        post: operations["postProductsById"];
        /** delete a product that nobody has, archive one that somebody has */
        delete: operations["deleteProductsById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{id}/subscribers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** who has a product, the newest first */
        get: operations["getProductsByIdSubscribers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/products/{id}/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** a version, by its number or as `default` */
        get: operations["getProductsByIdByVersion"];
        put?: never;
        post?: never;
        /** delete a version that nobody has, archive one that somebody has */
        delete: operations["deleteProductsByIdByVersion"];
        options?: never;
        head?: never;
        /** `publish` a draft, `make_default` a published version */
        patch: operations["patchProductsByIdByVersion"];
        trace?: never;
    };
    "/v1/products/{id}/{version}/simulate-usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** the fees that charging `events` would ask, by the code that charges; `version` is a number or `default` */
        post: operations["postProductsByIdByVersionSimulateUsage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recharges/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** what was asked for a recharge, and its receipt: see Automatic recharge */
        get: operations["getRechargesById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reconciliation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** what was paid and not credited, and what was credited and not paid (`from`, `to`, `cursor`): see Stripe */
        get: operations["getReconciliation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reconciliation/mend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** compare a payment or a refund with Stripe, and make it agree; or `settle` it */
        post: operations["postReconciliationMend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stripe/endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** endpoints of Stripe's webhooks: see Stripe */
        get: operations["getStripeEndpoints"];
        put?: never;
        /** endpoints of Stripe's webhooks: see Stripe */
        post: operations["postStripeEndpoints"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stripe/endpoints/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** one of them; `name`, `connected_accounts` and `api_version` can change */
        get: operations["getStripeEndpointsById"];
        put?: never;
        post?: never;
        /** one of them; `name`, `connected_accounts` and `api_version` can change */
        delete: operations["deleteStripeEndpointsById"];
        options?: never;
        head?: never;
        /** one of them; `name`, `connected_accounts` and `api_version` can change */
        patch: operations["patchStripeEndpointsById"];
        trace?: never;
    };
    "/v1/stripe/endpoints/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** its first secret, or the next one; those of before end after `overlap_seconds` */
        post: operations["postStripeEndpointsByIdRotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stripe/recoveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** look for what Stripe could not deliver, and try again what could not be fetched: see Stripe */
        post: operations["postStripeRecoveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/exchange": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** what a link brings becomes a token, once; needs no key */
        post: operations["postTokensExchange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/top-ups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** a link to pay at, and what has become of it: see Top-ups */
        post: operations["postTopUps"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/top-ups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** a link to pay at, and what has become of it: see Top-ups */
        get: operations["getTopUpsById"];
        put?: never;
        post?: never;
        /** the link ends now, unless it is paid */
        delete: operations["deleteTopUpsById"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/unmatched-payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** money that arrived and was not credited, newest first (`status`, which is `open` when nothing is said; `reason`, `limit`, `cursor`) */
        get: operations["getUnmatchedPayments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/unmatched-payments/purge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** forget those that were resolved before `resolved_before`, 1,000 at a time */
        post: operations["postUnmatchedPaymentsPurge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/unmatched-payments/{event}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** money that arrived and was not credited, newest first (`status`, which is `open` when nothing is said; `reason`, `limit`, `cursor`) */
        get: operations["getUnmatchedPaymentsByEvent"];
        put?: never;
        post?: never;
        /** forget one that is not open */
        delete: operations["deleteUnmatchedPaymentsByEvent"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/unmatched-payments/{event}/assign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** the payment fills the wallet of `customer_id` or `customer_external_id`, once */
        post: operations["postUnmatchedPaymentsByEventAssign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/unmatched-payments/{event}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** it is settled by hand, with a `note`; no event credits it any more */
        post: operations["postUnmatchedPaymentsByEventResolve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vendors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** who is paid for the costs of usage; the list takes `external_id` */
        get: operations["getVendors"];
        put?: never;
        /** who is paid for the costs of usage; the list takes `external_id` */
        post: operations["postVendors"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vendors/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** who is paid for the costs of usage; the list takes `external_id` */
        get: operations["getVendorsById"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vendors/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** what was charged, what it cost, what is left: see Stats */
        get: operations["getVendorsByIdStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** destinations of webhooks: see Webhooks; the list takes `enabled` and `connect`, and shows no secrets */
        get: operations["getWebhooks"];
        put?: never;
        /** destinations of webhooks: see Webhooks; the list takes `enabled` and `connect`, and shows no secrets */
        post: operations["postWebhooks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** what was sent where, newest first, and what came of it */
        get: operations["getWebhooksEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/test/{topic}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** send a test event to all destinations that want to hear of it */
        post: operations["postWebhooksTestByTopic"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/test/{topic}/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** send a test event to all destinations that want to hear of it */
        post: operations["postWebhooksTestByTopicByAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** one destination; its `secret` is null, because it was shown once */
        get: operations["getWebhooksById"];
        put?: never;
        post?: never;
        /** one destination; its `secret` is null, because it was shown once */
        delete: operations["deleteWebhooksById"];
        options?: never;
        head?: never;
        /** one destination; its `secret` is null, because it was shown once */
        patch: operations["patchWebhooksById"];
        trace?: never;
    };
    "/v1/webhooks/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** another secret, shown once; the one of before signs as well for `overlap_seconds` */
        post: operations["postWebhooksByIdRotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/test/{topic}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** send one to this destination, whatever its topics are */
        post: operations["postWebhooksByIdTestByTopic"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/test/{topic}/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** send one to this destination, whatever its topics are */
        post: operations["postWebhooksByIdTestByTopicByAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        BudgetMatch: {
            /** @description What fields of `data` have to be. Must be at most 2048 bytes in all. */
            data?: {
                [key: string]: unknown;
            };
            /** @description What happened, as your prices call it. */
            event_type?: string;
            /** @description The code or the id of a product. */
            product?: string;
            /** @description The piece of work, the agent or the user that it is for. */
            subject?: string;
        };
        Cost: {
            /** @description With more than 12 decimal places it is rounded to 12, half to even. Must not be negative. */
            amount: components["schemas"]["Decimal"];
            /** @description By which the stats of a vendor are grouped. */
            category?: string;
            /** @description Such as USD. */
            currency?: string;
            /** @description In words. */
            description?: string;
            /** @description Yours; each once in an event. */
            id: string;
            /** @description Kept and shown. Must not be negative. */
            input_volume?: components["schemas"]["Decimal"];
            /** @description Whatever there is to say, by name. Must be at most 2048 bytes in all. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description Kept and shown. Must be above zero. */
            package_size?: components["schemas"]["Decimal"];
            /** @description Kept and shown. Must not be negative. */
            unit_price?: components["schemas"]["Decimal"];
            /** @description Kept and shown. Must not be negative. */
            units?: components["schemas"]["Decimal"];
            /** @description Your own id of the vendor, in place of `vendor_id`. */
            vendor_external_id?: string;
            /** @description Who is paid; or `vendor_external_id`. */
            vendor_id?: string;
            /** @description Kept and shown. Must not be negative. */
            volume_rate?: components["schemas"]["Decimal"];
        };
        /** @description A decimal string, at most 12 places, below 10^15. A JSON number is read by its own digits, and never as a float. */
        Decimal: string | number;
        Entitlement: {
            /** @description What your accounts count this credit as; kept and shown. */
            accounting?: {
                /**
                 * @description Credyt's field; one word.
                 * @enum {string}
                 */
                cost_basis?: "auto";
                /** @description Kept and shown. Must not be negative. */
                revenue_basis: components["schemas"]["Decimal"];
            };
            /** @description How much. Must be above zero. */
            amount: components["schemas"]["Decimal"];
            /** @description The code of an asset, such as USD. */
            asset: string;
            /** @description For how long the credit is good, and what follows it. */
            lifecycle: {
                /**
                 * @description How long a period of the credit is.
                 * @enum {string}
                 */
                duration: "day" | "week" | "month" | "year";
                /** @description How many of `duration`; 1 unless said. */
                duration_count?: number;
                /** @description What becomes of the rest when the next credit comes; without it, credit is granted once. */
                refresh?: {
                    /** @description At most so much. Must not be negative. */
                    max?: components["schemas"]["Decimal"];
                    /**
                     * @description Whether the rest expires or goes on.
                     * @enum {string}
                     */
                    strategy: "expire_and_replace" | "rollover";
                };
            };
            /** @description For people. */
            name: string;
            /** @description What is spent first: the lower one. */
            priority?: number;
            /**
             * @description What the credit is.
             * @enum {string}
             */
            purpose: "bundled" | "promotion";
            /** @description What the credit may be spent on; anything unless said. */
            restricted_to?: components["schemas"]["Restriction"];
        };
        Feature: {
            /** @description A code of your own, by which it is named from then on. */
            code: string;
            /** @description At most so much. Must not be negative. */
            limit?: components["schemas"]["Decimal"];
        };
        InheritedBudget: {
            /** @description Where the windows begin: a time, or the id of a subscription whose periods they are. Must be an RFC 3339 time such as "2026-01-31T12:00:00Z", or the id of a subscription of the customer. */
            anchor?: string;
            /** @description The code of an asset, such as USD. */
            asset: string;
            /** @description A code of your own, by which it is named from then on. */
            code: string;
            /** @description Counted for each value of it by itself: `subject`, `event_type`, or `data.` and a field's name. */
            each?: string;
            /** @description At most so much. Must not be negative. */
            limit: components["schemas"]["Decimal"];
            /** @description What it counts; everything unless said. */
            match?: components["schemas"]["BudgetMatch"];
            /** @description For people. */
            name?: string;
            /**
             * @description Whether it refuses or only tells; `deny` unless said.
             * @enum {string}
             */
            on_exceeded?: "deny" | "warn";
            /** @description At which per cent of the limit it is told. Must be at most 10 whole numbers from 1 to 100, each above the last. */
            thresholds?: number[];
            /**
             * @description Over which time it counts.
             * @enum {string}
             */
            window: "call" | "hour" | "day" | "week" | "month" | "lifetime" | "rolling";
            /** @description How long a rolling window is. */
            window_seconds?: number;
        };
        NewSubscription: {
            /**
             * @description Who asks for the fixed prices: the wallet, unless said, or Stripe.
             * @enum {string}
             */
            collect?: "wallet" | "stripe";
            /** @description Where the customer comes back to without having paid. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
            failure_url?: string;
            /** @description For how long an unpaid fee is awaited; 3 unless said. */
            grace_days?: number;
            /** @description By their codes or ids. */
            products: {
                /** @description The product's code; or `id`. */
                code?: string;
                /** @description The product's id; or `code`. */
                id?: string;
                /** @description Which version; the default one unless said. Must be the number of a version, or "default". */
                version?: number | string;
            }[];
            /**
             * @description Credyt's field; read and not used.
             * @enum {string}
             */
            redirect_to?: "return_url" | "portal";
            /**
             * Format: date-time
             * @description When the term ends of a subscription without a recurring price.
             */
            renews_at?: string;
            /** @description Where the customer comes back to. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
            return_url?: string;
            /**
             * Format: date-time
             * @description When it begins; at once unless said.
             */
            starts_at?: string;
            /** @description A subscription that Stripe has already, which goes on there. */
            stripe_subscription_id?: string;
            /** @description For how many days nothing is asked; 0 unless said. */
            trial_days?: number;
        };
        Price: {
            /** @description When it is collected. */
            billing_model?: {
                /** @description Read and not used. */
                one_time?: unknown;
                /** @description How often. */
                recurring?: {
                    /**
                     * @description The unit of the calendar.
                     * @enum {string}
                     */
                    interval: "day" | "week" | "month" | "year";
                    /** @description How many of `interval`; 1 unless said. */
                    interval_count?: number;
                };
                /**
                 * @description `real_time` for usage, `recurring` or `one_time` for a fixed price.
                 * @enum {string}
                 */
                type?: "real_time" | "recurring" | "one_time";
            };
            /** @description How it is paid. */
            collection?: {
                /** @description Read and not used. */
                address?: unknown;
                /**
                 * @description One word: in advance.
                 * @enum {string}
                 */
                timing?: "in_advance";
                /**
                 * @description One word: from the balance.
                 * @enum {string}
                 */
                type?: "balance";
            };
            /** @description The id of the earlier price whose positions it goes on with, or `none`. */
            continues?: string;
            /** @description What costs nothing in each period. */
            free?: {
                /** @description So many events. */
                events?: number;
                /**
                 * @description The period of the calendar, in UTC.
                 * @enum {string}
                 */
                period: "lifetime" | "monthly" | "quarterly" | "yearly";
                /** @description So much of the volume. Must be above zero. */
                units?: components["schemas"]["Decimal"];
            };
            /** @description Read and not used. */
            funding_destination?: unknown;
            /** @description Read and not used. */
            id?: unknown;
            /** @description For people. */
            name?: string;
            /** @description The price in each asset; the first one that covers a fee is charged. */
            pricing: {
                /** @description The code of an asset, such as USD. */
                asset: string;
                /** @description The most that a period costs. */
                max_per_period?: {
                    /** @description How much. Must not be negative. */
                    amount: components["schemas"]["Decimal"];
                    /**
                     * @description The period of the calendar, in UTC.
                     * @enum {string}
                     */
                    period: "lifetime" | "monthly" | "quarterly" | "yearly";
                };
                /** @description The least that a period costs. */
                min_per_period?: {
                    /** @description How much. Must not be negative. */
                    amount: components["schemas"]["Decimal"];
                    /**
                     * @description The period of the calendar, in UTC.
                     * @enum {string}
                     */
                    period: "lifetime" | "monthly" | "quarterly" | "yearly";
                };
                /** @description The rates, or with dimensions the rows of them. */
                values: {
                    /** @description What the fields of `data` have to be; `*` or nothing is anything. Must be at most 2048 bytes in all. */
                    dimensions?: {
                        [key: string]: string;
                    };
                    /** @description Asked once for entering the tier. Must not be negative. */
                    flat_amount?: components["schemas"]["Decimal"];
                    /** @description Per cent on top of the costs. Must not be negative. */
                    markup?: components["schemas"]["Decimal"];
                    /** @description The most that one event costs. Must not be negative. Must not be below min_amount. */
                    max_amount?: components["schemas"]["Decimal"];
                    /** @description The least that one event costs. Must not be negative. */
                    min_amount?: components["schemas"]["Decimal"];
                    /** @description For people. */
                    name?: string;
                    /** @description How much of the volume `volume_rate` is for; 1 unless said. Must be above zero. */
                    package_size?: components["schemas"]["Decimal"];
                    /** @description Per cent of the volume, which is an amount of money. Must not be negative. */
                    percentage?: components["schemas"]["Decimal"];
                    /** @description How many of them; 1 unless said. Must be above zero. */
                    quantity?: components["schemas"]["Decimal"];
                    /** @description For each event. Must not be negative. */
                    unit_price?: components["schemas"]["Decimal"];
                    /** @description The tier's bound, which belongs to it. Must be above the bound of the tier before, and above zero. */
                    up_to?: components["schemas"]["Decimal"];
                    /** @description The rates, or with dimensions the rows of them. */
                    values?: {
                        /** @description Asked once for entering the tier. Must not be negative. */
                        flat_amount?: components["schemas"]["Decimal"];
                        /** @description Per cent on top of the costs. Must not be negative. */
                        markup?: components["schemas"]["Decimal"];
                        /** @description The most that one event costs. Must not be negative. */
                        max_amount?: components["schemas"]["Decimal"];
                        /** @description The least that one event costs. Must not be negative. */
                        min_amount?: components["schemas"]["Decimal"];
                        /** @description For people. */
                        name?: string;
                        /** @description How much of the volume `volume_rate` is for; 1 unless said. Must be above zero. */
                        package_size?: components["schemas"]["Decimal"];
                        /** @description Per cent of the volume, which is an amount of money. Must not be negative. */
                        percentage?: components["schemas"]["Decimal"];
                        /** @description For each event. Must not be negative. */
                        unit_price?: components["schemas"]["Decimal"];
                        /** @description The tier's bound, which belongs to it. Must be above the bound of the tier before, and above zero. */
                        up_to?: components["schemas"]["Decimal"];
                        /** @description For so much of the volume as `package_size` says. Must not be negative. */
                        volume_rate?: components["schemas"]["Decimal"];
                    }[];
                    /** @description For so much of the volume as `package_size` says. Must not be negative. */
                    volume_rate?: components["schemas"]["Decimal"];
                }[];
            }[];
            /**
             * @description How the rates are used; `flat` unless said.
             * @enum {string}
             */
            pricing_model?: "flat" | "package" | "tiered" | "bulk" | "percentage" | "cost_plus";
            /** @description How tiers count. */
            tiering?: {
                /**
                 * @description Whether tiers add up the volume or the events.
                 * @enum {string}
                 */
                basis?: "unit" | "volume";
                /**
                 * @description The period of the calendar, in UTC.
                 * @enum {string}
                 */
                period?: "lifetime" | "monthly" | "quarterly" | "yearly";
            };
            /**
             * @description `usage_based`, unless said, or `fixed`.
             * @enum {string}
             */
            type?: "usage_based" | "fixed";
            /** @description What is counted. */
            usage_calculation?: {
                /** @description The fields of `data` by which a row of `values` is found. */
                billable_dimensions?: string[];
                /** @description What happened, as your prices call it. */
                event_type: string;
                /** @description How the volume is rounded to whole units before it is priced. */
                rounding?: {
                    /**
                     * @description In which direction.
                     * @enum {string}
                     */
                    mode: "up" | "down" | "half_up";
                    /** @description The unit; 1 unless said. Must be above zero. */
                    unit?: components["schemas"]["Decimal"];
                };
                /** @description Read and not used. */
                source_reference_field?: unknown;
                /**
                 * @description Credyt's field; one word.
                 * @enum {string}
                 */
                unit_aggregation?: "count";
                /**
                 * @description Whether each event counts, a field of its `data`, or both.
                 * @enum {string}
                 */
                usage_type: "unit" | "volume" | "unit_and_volume";
                /**
                 * @description Credyt's field; one word.
                 * @enum {string}
                 */
                volume_aggregation?: "sum";
                /** @description The field of `data` that is multiplied. */
                volume_field?: string;
            };
        };
        /** @description RFC 9457. */
        Problem: {
            /** @enum {string} */
            code: "malformed_body" | "signature_rejected" | "unauthorized" | "payment_required" | "budget_exceeded" | "funds_held" | "insufficient_funds" | "forbidden" | "wrong_wallet" | "not_found" | "wrong_side" | "code_not_redeemable" | "wallet_not_found" | "catching_up" | "hold_not_found" | "subscription_not_found" | "product_not_found" | "budget_not_found" | "recharge_not_found" | "payment_not_found" | "method_not_allowed" | "already_exists" | "wrong_state" | "wallet_already_open" | "already_subscribed" | "subscription_ended" | "hold_already_ended" | "wallet_frozen" | "body_too_large" | "wrong_host" | "unsupported_media_type" | "validation_failed" | "quota_reached" | "payments_not_configured" | "processor_refused" | "not_configured" | "operation_id_reused" | "asset_required" | "unknown_asset" | "too_precise" | "expires_in_past" | "too_many_grants" | "exceeds_grant" | "grant_ended" | "nothing_to_reverse" | "nothing_to_price" | "event_too_late" | "event_in_future" | "usage_not_a_number" | "amount_out_of_range" | "too_many_fees" | "price_missing" | "too_many_subscriptions" | "too_many_open_holds" | "too_many_budgets" | "too_many_budget_values" | "too_large" | "too_many_grants_held" | "too_many_accounts" | "wallet_full" | "too_many_requests" | "internal_error" | "unavailable";
            /** @description What was wrong, and what to do. */
            detail: string;
            /** @description What is wrong, by field. */
            errors?: {
                [key: string]: string[];
            };
            request_id: string;
            /** @description The same call may succeed later. */
            retryable: boolean;
            shortfall?: {
                amount?: string;
                asset?: string;
            }[];
            status: number;
            title: string;
            type: string;
        };
        Rate: {
            /** @description How many units one of the source buys, in place of `rate`. Must be above zero. */
            inverse_rate?: components["schemas"]["Decimal"];
            /** @description What one unit of the asset costs in the source; or `inverse_rate`. Must be above zero. */
            rate?: components["schemas"]["Decimal"];
            /** @description The asset that is paid with. */
            source: string;
        };
        RecordedUsageEvent: {
            /** @description What it cost you; never shown to the customer. */
            costs?: components["schemas"]["Cost"][];
            /** @description Whatever there is to say, by name; a field that a price multiplies has to be a number. Must be at most 2048 bytes in all. */
            data?: {
                [key: string]: unknown;
            };
            /** @description In words. */
            description?: string;
            /** @description What happened, as your prices call it. */
            event_type: string;
            /** @description Yours, by which the event is recorded once. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened; the moment of the call unless said.
             */
            occurred_at: string;
            /** @description The piece of work, the agent or the user that it is for. */
            subject?: string;
            /** @description Usage as a model's vendor told it, in place of `data`. */
            usage?: components["schemas"]["VendorUsage"];
        };
        Restriction: {
            /** @description The types of usage that it pays for. */
            event_types?: string[];
            /** @description By their codes or ids. */
            products?: string[];
        };
        UsageEvent: {
            /** @description What it cost you; never shown to the customer. */
            costs?: components["schemas"]["Cost"][];
            /** @description Whatever there is to say, by name; a field that a price multiplies has to be a number. Must be at most 2048 bytes in all. */
            data?: {
                [key: string]: unknown;
            };
            /** @description In words. */
            description?: string;
            /** @description What happened, as your prices call it. */
            event_type: string;
            /** @description Yours, by which the event is recorded once. */
            id?: string;
            /**
             * Format: date-time
             * @description When it happened; the moment of the call unless said.
             */
            occurred_at?: string;
            /** @description The piece of work, the agent or the user that it is for. */
            subject?: string;
            /** @description Usage as a model's vendor told it, in place of `data`. */
            usage?: components["schemas"]["VendorUsage"];
        };
        VendorUsage: {
            /** @description The model, as its vendor calls it. */
            model: string;
            /** @description Who sells it, such as openai. */
            provider: string;
            /** @description The usage object as the vendor sent it, the reply that has it, or the list of a stream's. */
            raw: {
                [key: string]: unknown;
            } | unknown[];
        };
    };
    responses: never;
    parameters: {
        /** @description The same key makes the same call safe to send again. */
        "Idempotency-Key": string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getAccounts: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                cursor?: string;
                external_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            created_at: string;
                            external_id: unknown;
                            id: string;
                            metadata: Record<string, never> | null;
                            name: string;
                        }[];
                        limit: number;
                        offset: number;
                        total_count: number;
                    };
                };
            };
        };
    };
    postAccounts: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Your own id, which stands for ours everywhere. */
                    external_id?: string;
                    /** @description Strings of your own, by name. Must be at most 2048 bytes in all. */
                    metadata?: {
                        [key: string]: string;
                    };
                    /** @description For people. */
                    name: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        external_id: unknown;
                        id: string;
                        metadata: Record<string, never> | null;
                        name: string;
                    };
                };
            };
        };
    };
    getAccountsSelf: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        environment: string;
                    };
                };
            };
        };
    };
    getAccountsSelfBranding: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        dark: {
                            accent: unknown;
                            accent_contrast: unknown;
                            surface: unknown;
                            text: unknown;
                        };
                        labels: Record<string, never> | null;
                        light: {
                            accent: unknown;
                            accent_contrast: unknown;
                            surface: unknown;
                            text: unknown;
                        };
                        links: {
                            home_url: unknown;
                            privacy_url: unknown;
                            support_url: unknown;
                            terms_url: unknown;
                        };
                        logo_url: unknown;
                        name?: unknown;
                        units?: Record<string, never>;
                    };
                };
            };
        };
    };
    putAccountsSelfBranding: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Colours on dark screens. */
                    dark?: {
                        /** @description Of buttons, links and bars; the portal's own unless said. Must be a colour such as #7a2e8e: # and six hexadecimal digits. */
                        accent?: string;
                        /** @description Of the text on the accent; white or black unless said. Must be a colour such as #7a2e8e: # and six hexadecimal digits. */
                        accent_contrast?: string;
                        /** @description Of cards. Must be a colour such as #7a2e8e: # and six hexadecimal digits. */
                        surface?: string;
                        /** @description Of text on cards. Must be a colour such as #7a2e8e: # and six hexadecimal digits. */
                        text?: string;
                    };
                    /** @description What people call what the API has codes for. */
                    labels?: {
                        /** @description By the `subject` of events. */
                        agents?: {
                            [key: string]: string;
                        };
                        /** @description By the code of the asset. */
                        assets?: {
                            [key: string]: string;
                        };
                        /** @description By event type. */
                        events?: {
                            [key: string]: string;
                        };
                        /** @description By the code of the feature. */
                        features?: {
                            [key: string]: string;
                        };
                        /** @description By the name of the model. */
                        models?: {
                            [key: string]: string;
                        };
                    };
                    /** @description Colours on light screens. */
                    light?: {
                        /** @description Of buttons, links and bars; the portal's own unless said. Must be a colour such as #7a2e8e: # and six hexadecimal digits. */
                        accent?: string;
                        /** @description Of the text on the accent; white or black unless said. Must be a colour such as #7a2e8e: # and six hexadecimal digits. */
                        accent_contrast?: string;
                        /** @description Of cards. Must be a colour such as #7a2e8e: # and six hexadecimal digits. */
                        surface?: string;
                        /** @description Of text on cards. Must be a colour such as #7a2e8e: # and six hexadecimal digits. */
                        text?: string;
                    };
                    /** @description Where the links of the portal lead. */
                    links?: {
                        /** @description The way back to your app. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                        home_url?: string;
                        /** @description What you say of privacy. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                        privacy_url?: string;
                        /** @description Where a customer finds help. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                        support_url?: string;
                        /** @description Your terms. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                        terms_url?: string;
                    };
                    /** @description An https address of a picture. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    logo_url?: string;
                    /** @description For people. */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        dark: {
                            accent: unknown;
                            accent_contrast: unknown;
                            surface: unknown;
                            text: unknown;
                        };
                        labels: Record<string, never> | null;
                        light: {
                            accent: string | null;
                            accent_contrast: string | null;
                            surface: unknown;
                            text: unknown;
                        };
                        links: {
                            home_url: unknown;
                            privacy_url: unknown;
                            support_url: unknown;
                            terms_url: unknown;
                        };
                        logo_url: unknown;
                        name?: string | null;
                        units?: Record<string, never>;
                    };
                };
            };
        };
    };
    getAccountsSelfBudgets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        budgets: unknown[];
                    };
                };
            };
        };
    };
    putAccountsSelfBudgets: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Limits of spending. */
                    budgets: components["schemas"]["InheritedBudget"][];
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        budgets: {
                            asset: string;
                            code: string;
                            each: unknown;
                            limit: string;
                            match: Record<string, never>;
                            name: unknown;
                            on_exceeded: string;
                            thresholds: number[];
                            window: string;
                        }[];
                    };
                };
            };
        };
    };
    getAccountsSelfPacks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        bonuses: unknown[];
                        free_amounts: unknown[];
                        packs: unknown[];
                    };
                };
            };
        };
    };
    putAccountsSelfPacks: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What comes on top of a free amount; only the highest step counts. */
                    bonuses?: {
                        /** @description The code of an asset, such as USD. */
                        asset?: string;
                        /** @description How much more is credited, in the asset. Must be above zero. */
                        bonus: components["schemas"]["Decimal"];
                        /** @description Such as USD. */
                        currency: string;
                        /** @description From this amount on. Must be above zero. */
                        from: components["schemas"]["Decimal"];
                    }[];
                    /** @description The bounds of what may be paid without a pack, by currency. */
                    free_amounts?: {
                        /** @description Such as USD. */
                        currency: string;
                        /** @description At most so much. Must be above zero. */
                        max?: components["schemas"]["Decimal"];
                        /** @description At least so much. Must be above zero. */
                        min?: components["schemas"]["Decimal"];
                    }[];
                    /** @description What is offered, each at its price. */
                    packs?: {
                        /** @description How much. Must be above zero. */
                        amount: components["schemas"]["Decimal"];
                        /** @description The code of an asset, such as USD. */
                        asset?: string;
                        /** @description How much more is credited, in the asset. Must be above zero. */
                        bonus?: components["schemas"]["Decimal"];
                        /** @description A code of your own, by which it is named from then on. */
                        code: string;
                        /** @description Such as USD. */
                        currency: string;
                        /** @description For people. */
                        name?: string;
                    }[];
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        bonuses: unknown[];
                        free_amounts: unknown[];
                        packs: {
                            amount: string;
                            asset: string;
                            bonus?: string;
                            code: string;
                            currency: string;
                            name: string;
                        }[];
                    };
                };
            };
        };
    };
    getAccountsSelfProcessorsStripe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        automatic_tax: boolean;
                        connected_account: unknown;
                        created_at: string;
                        mode: string;
                        processor: string;
                        save_payment_method: boolean;
                        secret_key: string;
                        stripe_account: string;
                        updated_at: string;
                    };
                };
            };
        };
    };
    putAccountsSelfProcessorsStripe: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Stripe adds tax to what is paid; false unless said. */
                    automatic_tax?: boolean;
                    /** @description The account at Stripe that the payments are for. Must be an account's id at Stripe, such as acct_1A2b3C. */
                    connected_account?: string;
                    /** @description For how many days the credit can be used. */
                    credit_expires_days?: number;
                    /** @description The card is kept for later charges; true unless said. */
                    save_payment_method?: boolean;
                    /** @description A secret or restricted key of Stripe, of the same side. Must be a secret or restricted key of Stripe, such as sk_test_… or rk_test_…. */
                    secret_key?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        automatic_tax: boolean;
                        connected_account: unknown;
                        created_at: string;
                        mode: string;
                        processor: string;
                        save_payment_method: boolean;
                        secret_key: string;
                        stripe_account: string;
                        updated_at: string;
                    };
                };
            };
        };
    };
    deleteAccountsSelfProcessorsStripe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getAccountsSelfSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        freeze_on_dispute: boolean;
                        freeze_on_fraud_warning: boolean;
                        unpriced: string;
                    };
                };
            };
        };
    };
    patchAccountsSelfSettings: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A dispute freezes the wallet that it takes from. */
                    freeze_on_dispute?: boolean;
                    /** @description An early fraud warning freezes the wallet. */
                    freeze_on_fraud_warning?: boolean;
                    /**
                     * @description What becomes of usage that no price knows.
                     * @enum {string}
                     */
                    unpriced?: "deny" | "allow";
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        freeze_on_dispute: boolean;
                        freeze_on_fraud_warning: boolean;
                        unpriced: string;
                    };
                };
            };
        };
    };
    getAccountsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        external_id: unknown;
                        id: string;
                        metadata: Record<string, never> | null;
                        name: string;
                    };
                };
            };
        };
    };
    getAssets: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            code: string;
                            created_at: string;
                            name: string;
                            precision: number;
                        }[];
                        limit: number;
                        offset: number;
                        total_count: number;
                    };
                };
            };
        };
    };
    postAssets: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A code of your own, by which it is named from then on. */
                    code: string;
                    /** @description How the unit is called. */
                    label?: string;
                    /** @description For people. */
                    name: string;
                    /** @description How many decimal places it has. */
                    precision?: number;
                    /** @description What is paid for it. */
                    rates?: components["schemas"]["Rate"][];
                    /** @description Put before an amount. */
                    symbol?: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code: string;
                        created_at: string;
                        name: string;
                        precision: number;
                        rates?: {
                            schedule: {
                                inverse_rate: string | null;
                                rate: string | null;
                                valid_from: string;
                            }[];
                            source: string;
                        }[];
                    };
                };
            };
        };
    };
    getAssetsByCode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code: string;
                        created_at: string;
                        name: string;
                        precision: number;
                        rates?: {
                            schedule: {
                                inverse_rate: string | null;
                                rate: string | null;
                                valid_from: string;
                            }[];
                            source: string;
                        }[];
                    };
                };
            };
        };
    };
    postAssetsByCodeQuote: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How much. Must be above zero. */
                    amount: components["schemas"]["Decimal"];
                    /**
                     * Format: date-time
                     * @description At which moment; now unless said.
                     */
                    exchange_at?: string;
                    /** @description The asset that is paid with. */
                    source: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        destination: string;
                        destination_amount: string;
                        inverse_rate: string | null;
                        rate: string | null;
                        source: string;
                        source_amount: string;
                    };
                };
            };
        };
    };
    postAssetsByCodeRates: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                code: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How many units one of the source buys, in place of `rate`. Must be above zero. */
                    inverse_rate?: components["schemas"]["Decimal"];
                    /** @description What one unit of the asset costs in the source; or `inverse_rate`. Must be above zero. */
                    rate?: components["schemas"]["Decimal"];
                    /** @description The asset that is paid with. */
                    source: string;
                    /**
                     * Format: date-time
                     * @description From when on it holds; now unless said.
                     */
                    valid_from?: string;
                    /**
                     * Format: date-time
                     * @description Until when it holds; for ever unless said.
                     */
                    valid_to?: string;
                };
            };
        };
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    postAuthorize: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How much. Must not be negative. */
                    amount?: components["schemas"]["Decimal"];
                    /** @description The code of an asset, such as USD. */
                    asset?: string;
                    /** @description Your own name of the customer, in place of `customer_id`. */
                    customer_external_id?: string;
                    /** @description The customer; or `customer_external_id`. */
                    customer_id?: string;
                    /** @description Usage, event by event. */
                    events?: components["schemas"]["UsageEvent"][];
                    /** @description Seconds from now until the hold ends by itself; 300 unless said. */
                    expires_in?: number;
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    id?: string;
                    /**
                     * @description Whether it is refused, or as much is held as there is; `deny` unless said.
                     * @enum {string}
                     */
                    on_insufficient?: "deny" | "cap";
                    /** @description The piece of work, the agent or the user that it is for. */
                    subject?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        affordable?: {
                            amount: string;
                            asset: string;
                        }[];
                        available?: {
                            amount: string;
                            asset: string;
                        }[];
                        balances?: {
                            account: string;
                            asset: string;
                            available: string;
                            balance: string;
                            held: string;
                        }[];
                        budgets?: {
                            asset: string;
                            code: string;
                            held: string;
                            level: string;
                            limit: string;
                            required: string;
                            spent: string;
                            window_ends_at: string | null;
                        }[];
                        code?: string;
                        decision: string;
                        detail?: string;
                        fees?: unknown[];
                        hold?: {
                            amounts: {
                                amount: string;
                                asset: string;
                            }[];
                            authorized_at: string;
                            expires_at: string;
                            id: string;
                            status: string;
                        };
                        level?: string;
                        required?: {
                            amount: string;
                            asset: string;
                        }[];
                        retryable?: boolean;
                        shortfall?: {
                            amount: string;
                            asset: string;
                        }[];
                        topup_url?: unknown;
                    };
                };
            };
        };
    };
    postBillingPortalSessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The pages that may use it; any, unless said. */
                    allowed_origins?: string[];
                    /** @description The customer. */
                    customer_id: string;
                    /** @description Where the customer comes back to without having paid. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    failure_url: string;
                    /** @description Where the customer comes back to. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    return_url: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        expires_at: string;
                        id: string;
                        redirect_url: string;
                    };
                };
            };
        };
    };
    deleteBillingPortalSessionsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getCodes: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                cursor?: string;
                batch_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            account_name: string;
                            amount?: string | null;
                            asset: string | null;
                            batch_id: string;
                            created_at: string;
                            credit_expires_at: unknown;
                            credit_expires_days?: unknown;
                            description?: unknown;
                            disabled_at: unknown;
                            expires_at?: unknown;
                            id?: string | null;
                            max_redemptions: number;
                            metadata: Record<string, never> | null;
                            per_customer: number;
                            purpose: string | null;
                            redemptions: number;
                            status: string;
                        }[];
                        limit: number;
                        offset: number;
                        total_count: number;
                    };
                };
            };
        };
    };
    postCodes: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description An account beside the asset's default one; `default` unless said. */
                    account_name?: string;
                    /** @description What one redemption gives. Must be above zero. */
                    amount: components["schemas"]["Decimal"];
                    /** @description The code of an asset, such as USD. */
                    asset: string;
                    /** @description How many codes; 1 unless said. */
                    count?: number;
                    /**
                     * Format: date-time
                     * @description From when on the credit cannot be used; never unless said.
                     */
                    credit_expires_at?: string;
                    /** @description For how many days the credit can be used. */
                    credit_expires_days?: number;
                    /** @description In words. */
                    description?: string;
                    /**
                     * Format: date-time
                     * @description Until when it can be redeemed; for ever unless said.
                     */
                    expires_at?: string;
                    /** @description How many customers may redeem each; 1 unless said. */
                    max_redemptions?: number;
                    /** @description Strings of your own, by name. Must be at most 2048 bytes in all. */
                    metadata?: {
                        [key: string]: string;
                    };
                    /** @description What the credit may be spent on; anything unless said. */
                    restricted_to?: components["schemas"]["Restriction"];
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_name: string;
                        amount?: string | null;
                        asset: string | null;
                        batch_id: string;
                        codes: {
                            code: string;
                            id: string;
                        }[];
                        created_at: string;
                        credit_expires_at: unknown;
                        credit_expires_days?: number | null;
                        description?: unknown;
                        expires_at?: unknown;
                        max_redemptions: number;
                        metadata: Record<string, never> | null;
                        per_customer: number;
                        purpose: string | null;
                    };
                };
            };
        };
    };
    getCodesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_name: string;
                        amount?: string | null;
                        asset: string | null;
                        batch_id: string;
                        created_at: string;
                        credit_expires_at: unknown;
                        credit_expires_days?: unknown;
                        description?: unknown;
                        disabled_at: unknown;
                        expires_at?: unknown;
                        id?: string | null;
                        max_redemptions: number;
                        metadata: Record<string, never> | null;
                        per_customer: number;
                        purpose: string | null;
                        redemptions: number;
                        status: string;
                    };
                };
            };
        };
    };
    deleteCodesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getCustomers: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                cursor?: string;
                customer_id?: string;
                external_id?: string;
                email?: string;
                name?: string;
                status?: "active" | "inactive";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            active_subscription_count: number;
                            created_at: string;
                            email: unknown;
                            external_accounts: unknown[] | null;
                            external_id: string | null;
                            id: string;
                            metadata: Record<string, never> | null;
                            name: string;
                        }[];
                        limit: number;
                        offset: number;
                        total_count: number;
                    };
                };
            };
        };
    };
    postCustomers: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The customer's address. Must be an e-mail address. */
                    email?: string;
                    /** @description The customer at other services. */
                    external_accounts?: {
                        /**
                         * @description Which service.
                         * @enum {string}
                         */
                        provider: "stripe";
                        /** @description The customer's id there. */
                        provider_id: string;
                    }[];
                    /** @description Your own id, which stands for ours everywhere. */
                    external_id?: string;
                    /** @description Strings of your own, by name. Must be at most 2048 bytes in all. */
                    metadata?: {
                        [key: string]: string;
                    };
                    /** @description For people. */
                    name: string;
                    /** @description What the customer has from the start. */
                    subscriptions?: components["schemas"]["NewSubscription"][];
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        active_subscription_count: number;
                        created_at: string;
                        email: unknown;
                        external_accounts: unknown[] | null;
                        external_id: string | null;
                        id: string;
                        metadata: Record<string, never> | null;
                        name: string;
                        subscriptions?: {
                            id: string;
                            products: {
                                code: string;
                                id: string;
                                version: number;
                            }[];
                            renews_at: unknown;
                            started_at: string;
                            status: string;
                        }[];
                    };
                };
            };
        };
    };
    getCustomersStats: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                cursor?: string;
                currency?: string;
                period_from?: string;
                period_to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            external_id: string | null;
                            id: string;
                            name: string;
                            stats: {
                                currency: string;
                                gross_revenue: string;
                                margin: string | null;
                                net_revenue: string;
                                refunded?: string;
                                total_costs: string;
                            };
                        }[];
                        limit: number;
                        offset: number;
                        period_from: string;
                        period_to: string;
                        summary: {
                            by_currency: {
                                currency: string;
                                gross_revenue: string;
                                margin: string | null;
                                net_revenue: string;
                                refunded?: string;
                                total_costs: string;
                            }[];
                            currency?: string | null;
                            gross_revenue: string;
                            margin: string | null;
                            net_revenue: string;
                            refunded?: string;
                            total_costs: string;
                        };
                        total_count: number;
                    };
                };
            };
        };
    };
    getCustomersById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        active_subscription_count: number;
                        created_at: string;
                        email: unknown;
                        external_accounts: unknown[] | null;
                        external_id: string | null;
                        id: string;
                        metadata: Record<string, never> | null;
                        name: string;
                        subscriptions?: {
                            grace_until?: string;
                            id: string;
                            products: {
                                code: string;
                                id: string;
                                version: number;
                            }[];
                            renews_at: unknown;
                            required_actions?: {
                                redirect_url: string;
                                type: string;
                            }[];
                            started_at: string;
                            status: string;
                        }[];
                    };
                };
            };
        };
    };
    patchCustomersById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The customer's address. Must be an e-mail address. */
                    email?: string;
                    /** @description Your own id, which stands for ours everywhere. */
                    external_id?: string;
                    /** @description Strings of your own, by name. Must be at most 2048 bytes in all. */
                    metadata?: {
                        [key: string]: string;
                    };
                    /** @description For people. */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    postCustomersByIdCodesPreview: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description As it was typed: 16 letters and digits. */
                    code: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_name: string;
                        amount: string;
                        asset: string;
                        code_expires_at: unknown;
                        code_id: string;
                        description: unknown;
                        expires_at: unknown;
                        purpose: string;
                        status: string;
                    };
                };
            };
        };
    };
    postCustomersByIdCodesRedeem: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description As it was typed: 16 letters and digits. */
                    code: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account: string;
                        amount: string;
                        asset: string;
                        balances: {
                            account: string;
                            asset: string;
                            available: string;
                            balance: string;
                            held: string;
                        }[];
                        code_id: string;
                        description: unknown;
                        expires_at: unknown;
                        grant_id: string;
                        purpose: string;
                        redeemed_at: string;
                        repaid: string;
                    };
                };
            };
        };
    };
    deleteCustomersByIdPaymentLinks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getCustomersByIdPaymentMethods: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            brand: string;
                            created_at: string;
                            customer_id: string;
                            default: boolean;
                            exp_month: number | null;
                            exp_year: number | null;
                            id: string;
                            last4: string;
                            name: unknown;
                            processor: string;
                            state: string;
                            type: string;
                        }[];
                    };
                };
            };
        };
    };
    postCustomersByIdPaymentMethods: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description A card of the test side, by how it behaves.
                     * @enum {string}
                     */
                    card: "ok" | "declined" | "insufficient_funds" | "authentication_required" | "processing_ok" | "processing_declined" | "expired";
                    /** @description It is charged where nothing else is said. */
                    default?: boolean;
                    /** @description For people. */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        brand: string;
                        created_at: string;
                        customer_id: string;
                        default: boolean;
                        exp_month: number | null;
                        exp_year: number | null;
                        id: string;
                        last4: string;
                        name: unknown;
                        processor: string;
                        state: string;
                        type: string;
                    };
                };
            };
        };
    };
    postCustomersByIdPaymentMethodsSessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Where the customer comes back to without having paid. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    failure_url: string;
                    /** @description Where the customer comes back to. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    return_url: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        expires_at: string;
                        id: string;
                        redirect_url: string;
                    };
                };
            };
        };
    };
    deleteCustomersByIdPaymentMethodsByPaymentByMethod: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                payment_method: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    putCustomersByIdPaymentMethodsByPaymentByMethodDefault: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                payment_method: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    postCustomersByIdPaymentMethodsByPaymentByMethodSimulate: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                payment_method: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description What happens to the card.
                     * @enum {string}
                     */
                    event: "expired" | "updated" | "detached";
                };
            };
        };
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getCustomersByIdPayments: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            amount: string;
                            at: string;
                            credit: unknown;
                            currency: string;
                            disputes: unknown[];
                            entry: unknown;
                            id: string;
                            kind: string;
                            payment_method: unknown;
                            processor: string;
                            receipt: {
                                amount: string;
                                currency: string;
                                number: unknown;
                                tax: string;
                                url: unknown;
                            } | null;
                            refunds: unknown[];
                            status: string;
                        }[];
                        limit: number;
                        offset: number;
                        total_count: number;
                    };
                };
            };
        };
    };
    getCustomersByIdStats: {
        parameters: {
            query?: {
                currency?: string;
                period_from?: string;
                period_to?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        by_currency: {
                            currency: string;
                            gross_revenue: string;
                            margin: string | null;
                            net_revenue: string;
                            refunded?: string;
                            total_costs: string;
                        }[];
                        currency?: string | null;
                        gross_revenue: string;
                        margin: string | null;
                        net_revenue: string;
                        refunded?: string;
                        total_costs: string;
                    };
                };
            };
        };
    };
    postCustomersByIdSubscriptions: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Who asks for the fixed prices: the wallet, unless said, or Stripe.
                     * @enum {string}
                     */
                    collect?: "wallet" | "stripe";
                    /** @description Where the customer comes back to without having paid. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    failure_url?: string;
                    /** @description For how long an unpaid fee is awaited; 3 unless said. */
                    grace_days?: number;
                    /** @description By their codes or ids. */
                    products: {
                        /** @description The product's code; or `id`. */
                        code?: string;
                        /** @description The product's id; or `code`. */
                        id?: string;
                        /** @description Which version; the default one unless said. Must be the number of a version, or "default". */
                        version?: number | string;
                    }[];
                    /**
                     * @description Credyt's field; read and not used.
                     * @enum {string}
                     */
                    redirect_to?: "return_url" | "portal";
                    /**
                     * Format: date-time
                     * @description When the term ends of a subscription without a recurring price.
                     */
                    renews_at?: string;
                    /** @description Where the customer comes back to. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    return_url?: string;
                    /**
                     * Format: date-time
                     * @description When it begins; at once unless said.
                     */
                    starts_at?: string;
                    /** @description A subscription that Stripe has already, which goes on there. Must be a subscription's id at Stripe, such as sub_1A2b3C. */
                    stripe_subscription_id?: string;
                    /** @description For how many days nothing is asked; 0 unless said. */
                    trial_days?: number;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        products: {
                            code: string;
                            id: string;
                            version: number;
                        }[];
                        renews_at: unknown;
                        started_at: string;
                        status: string;
                    };
                };
            };
        };
    };
    patchCustomersByIdSubscriptionsBySubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                subscription: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description True ends it with what is paid for; false takes that back. */
                    cancel_at_period_end?: boolean;
                    /**
                     * @description `active` starts it again, `inactive` ends it at once.
                     * @enum {string}
                     */
                    status?: "active" | "inactive";
                };
            };
        };
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patchCustomersByIdSubscriptionsBySubscriptionProductsByProduct: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                subscription: string;
                product: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The code or the id of a product. */
                    product?: string;
                    /** @description The rest of the period is settled at once; true unless said. */
                    prorate?: boolean;
                    /** @description Which version; the default one unless said. Must be the number of a version, or "default". */
                    version?: number | string;
                };
            };
        };
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    postCustomersByIdTokens: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The pages that may use it; any, unless said. */
                    allowed_origins?: string[];
                    /** @description A page of yours: the reply has a link to it, with the token in its fragment. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    link?: string;
                    /** @description What it may do. */
                    scopes: ("read" | "topup" | "recharge" | "methods" | "authorize")[];
                    /** @description The most that it may hold and spend. */
                    spend_cap?: {
                        /** @description How much. Must be above zero. */
                        amount: components["schemas"]["Decimal"];
                        /** @description The code of an asset, such as USD. */
                        asset: string;
                    };
                    /** @description For how many seconds it is good. */
                    ttl_seconds?: number;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        allowed_origins: string[];
                        created_at: string;
                        customer_id: string;
                        expires_at: string;
                        id: string;
                        scopes: string[];
                        spend_cap: unknown;
                        token?: string;
                    };
                };
            };
        };
    };
    deleteCustomersByIdTokensByToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    postCustomersByIdTokensByTokenRefresh: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        allowed_origins: unknown[];
                        created_at: string;
                        customer_id: string;
                        expires_at: string;
                        id: string;
                        scopes: string[];
                        spend_cap: unknown;
                        token?: string;
                    };
                };
            };
        };
    };
    getCustomersByIdWallet: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        accounts: {
                            asset: string;
                            available: string;
                            balance: string;
                            held: string;
                            id: string;
                            name: string;
                            overdraft: string;
                            pending_in: string;
                            pending_out: string;
                            restricted: unknown[];
                        }[];
                        customer_id: string;
                        seq: number;
                    };
                };
            };
        };
    };
    postCustomersByIdWalletAdjustments: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description An account beside the asset's default one; `default` unless said. */
                    account_name?: string;
                    /** @description Credit above zero, a debit below. Must not be zero: above is credit, below is debit. */
                    amount: components["schemas"]["Decimal"];
                    /** @description The code of an asset, such as USD. */
                    asset: string;
                    /** @description In words. */
                    description?: string;
                    /**
                     * Format: date-time
                     * @description From when on it can be used; at once unless said.
                     */
                    effective_at?: string;
                    /**
                     * Format: date-time
                     * @description From when on it is over; never unless said.
                     */
                    expires_at?: string;
                    /** @description The only grant that a debit takes from. */
                    grant_id?: string;
                    /** @description Strings of your own, by name. Must be at most 2048 bytes in all. */
                    metadata?: {
                        [key: string]: string;
                    };
                    /** @description The payment, by the processor's id, the top-up's or the transaction's. */
                    payment_id?: string;
                    /**
                     * @description Why; kept and shown.
                     * @enum {string}
                     */
                    reason: "gift" | "external_topup" | "external_refund" | "other";
                    /** @description What the credit may be spent on; anything unless said. */
                    restricted_to?: components["schemas"]["Restriction"];
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    transaction_id?: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        amount: string;
                        asset: string;
                        created_at: string;
                        description: unknown;
                        executed_at: string;
                        id: string;
                        metadata: Record<string, never> | null;
                        reason: string | null;
                        subject: unknown;
                        type: string;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletBudgets: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            asset: string;
                            code: string;
                            each: unknown;
                            held?: string;
                            left?: string;
                            limit: string;
                            match: Record<string, never>;
                            name: unknown;
                            on_exceeded: string;
                            source?: string;
                            spent?: string;
                            thresholds: number[];
                            window: string;
                            window_ends_at?: string | null;
                            window_started_at?: string | null;
                        }[];
                    };
                };
            };
        };
    };
    getCustomersByIdWalletBudgetsByCode: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        asset: string;
                        code: string;
                        each: unknown;
                        held?: string;
                        left?: string;
                        limit: string;
                        match: Record<string, never>;
                        name: unknown;
                        on_exceeded: string;
                        source?: string;
                        spent?: string;
                        thresholds: number[];
                        window: string;
                        window_ends_at?: string | null;
                        window_started_at?: string | null;
                    };
                };
            };
        };
    };
    putCustomersByIdWalletBudgetsByCode: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                code: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Where the windows begin: a time, or the id of a subscription whose periods they are. Must be an RFC 3339 time such as "2026-01-31T12:00:00Z", or the id of a subscription of the customer. */
                    anchor?: string;
                    /** @description The code of an asset, such as USD. */
                    asset: string;
                    /** @description Counted for each value of it by itself: `subject`, `event_type`, or `data.` and a field's name. */
                    each?: string;
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    id?: string;
                    /** @description At most so much. Must not be negative. */
                    limit: components["schemas"]["Decimal"];
                    /** @description What it counts; everything unless said. */
                    match?: components["schemas"]["BudgetMatch"];
                    /** @description For people. */
                    name?: string;
                    /**
                     * @description Whether it refuses or only tells; `deny` unless said.
                     * @enum {string}
                     */
                    on_exceeded?: "deny" | "warn";
                    /** @description At which per cent of the limit it is told. Must be at most 10 whole numbers from 1 to 100, each above the last. */
                    thresholds?: number[];
                    /**
                     * @description Over which time it counts.
                     * @enum {string}
                     */
                    window: "call" | "hour" | "day" | "week" | "month" | "lifetime" | "rolling";
                    /** @description How long a rolling window is. */
                    window_seconds?: number;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        asset: string;
                        code: string;
                        each: unknown;
                        limit: string;
                        match: Record<string, never>;
                        name: unknown;
                        on_exceeded: string;
                        source?: string;
                        thresholds: number[];
                        window: string;
                    };
                };
            };
        };
    };
    deleteCustomersByIdWalletBudgetsByCode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    postCustomersByIdWalletCharges: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description An account beside the asset's default one; `default` unless said. */
                    account_name?: string;
                    /** @description How much. Must be above zero. */
                    amount: components["schemas"]["Decimal"];
                    /** @description The code of an asset, such as USD. */
                    asset: string;
                    /** @description In words. */
                    description?: string;
                    /** @description Kept and shown. Must not be negative. */
                    input_units?: components["schemas"]["Decimal"];
                    /** @description Kept and shown. Must not be negative. */
                    input_volume?: components["schemas"]["Decimal"];
                    /** @description Strings of your own, by name. Must be at most 2048 bytes in all. */
                    metadata?: {
                        [key: string]: string;
                    };
                    /** @description Kept and shown. Must be above zero. */
                    package_size?: components["schemas"]["Decimal"];
                    /** @description The piece of work, the agent or the user that it is for. */
                    subject?: string;
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    transaction_id?: string;
                    /** @description Kept and shown. Must not be negative. */
                    unit_price?: components["schemas"]["Decimal"];
                    /** @description Kept and shown. Must not be negative. */
                    volume_rate?: components["schemas"]["Decimal"];
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        amount: string;
                        asset: string;
                        created_at: string;
                        description: unknown;
                        executed_at: string;
                        id: string;
                        metadata: Record<string, never> | null;
                        reason: unknown;
                        subject: unknown;
                        type: string;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletEntries: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            at: string;
                            balances: {
                                account: string;
                                asset: string;
                                available: string;
                                balance: string;
                                held: string;
                            }[];
                            changes?: {
                                account: string;
                                amount: string;
                                asset: string;
                            }[];
                            event_type?: string;
                            format?: number;
                            grants?: {
                                amount: string;
                                asset: string;
                                grant: string | null;
                            }[];
                            hash?: string;
                            note?: string;
                            operation_id?: string;
                            record?: string;
                            seq: number;
                            type: string;
                            unpriced?: number[];
                            what?: string;
                        }[];
                        limit: number;
                        next: unknown;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletEntriesByEntryReceipt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                entry: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at: string;
                        balances: unknown[];
                        customer_id: string | null;
                        fees: unknown[];
                        hash: string;
                        note?: unknown;
                        paid_by: unknown[];
                        previous_hash: string;
                        prices?: unknown[];
                        record: string | null;
                        seq: number;
                        type: string;
                        what: string;
                    };
                };
            };
        };
    };
    putCustomersByIdWalletFreeze: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Whether the wallet authorizes nothing. */
                    frozen: boolean;
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    id?: string;
                    /** @description Why; kept and shown. */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        frozen: boolean;
                    };
                };
            };
        };
    };
    postCustomersByIdWalletGrantsByGrantVoid: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                grant: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Why; kept and shown. */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount: string;
                        asset: string;
                        balances: {
                            account: string;
                            asset: string;
                            available: string;
                            balance: string;
                            held: string;
                        }[];
                        entry: number;
                        grant_id: string;
                        reason: string | null;
                        voided_at: string;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletHolds: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            amounts: {
                                amount: string;
                                asset: string;
                                authorized: string;
                                captured: string;
                            }[];
                            authorized_at: string;
                            expires_at: string;
                            id: string;
                            status: string;
                        }[];
                        limit: number;
                        next: unknown;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletLive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at: string;
                        entries: {
                            at: string;
                            balances: {
                                account: string;
                                asset: string;
                                available: string;
                                balance: string;
                                held: string;
                            }[];
                            changes: {
                                account: string;
                                amount: string;
                                asset: string;
                            }[];
                            event_type?: string;
                            grants?: {
                                amount: string;
                                asset: string;
                                grant: string | null;
                            }[];
                            note?: string;
                            seq: number;
                            type: string;
                            what: string;
                        }[];
                        holds: {
                            items: {
                                amounts: {
                                    amount: string;
                                    asset: string;
                                    authorized: string;
                                    captured: string;
                                }[];
                                authorized_at: string;
                                expires_at: string;
                                id: string;
                                status: string;
                            }[];
                            limit: number;
                            next: unknown;
                        };
                        seq: number;
                        state: string;
                        type: string;
                        wallet: {
                            accounts: {
                                asset: string;
                                available: string;
                                balance: string;
                                held: string;
                                id: string;
                                name: string;
                                overdraft: string;
                                pending_in: string;
                                pending_out: string;
                                restricted: unknown[];
                            }[];
                            customer_id: string;
                            seq: number;
                        } | null;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletOverdraft: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            account: string;
                            account_name: string;
                            asset: string;
                            limit: string;
                            used?: string;
                        }[];
                    };
                };
            };
        };
    };
    putCustomersByIdWalletOverdraft: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description An account beside the asset's default one; `default` unless said. */
                    account_name?: string;
                    /** @description The code of an asset, such as USD. */
                    asset: string;
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    id?: string;
                    /** @description At most so much. Must not be negative. */
                    limit: components["schemas"]["Decimal"];
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account: string;
                        account_name: string;
                        asset: string;
                        limit: string;
                    };
                };
            };
        };
    };
    postCustomersByIdWalletPricings: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What it cost you; never shown to the customer. */
                    costs?: components["schemas"]["Cost"][];
                    /** @description Whatever there is to say, by name; a field that a price multiplies has to be a number. Must be at most 2048 bytes in all. */
                    data?: {
                        [key: string]: unknown;
                    };
                    /** @description The id of the event. */
                    event_id: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        balances: {
                            account: string;
                            asset: string;
                            available: string;
                            balance: string;
                            held: string;
                        }[];
                        charged: {
                            amount: string;
                            asset: string;
                        }[];
                        costs: unknown[];
                        created_at: string;
                        data: unknown;
                        entry: number;
                        event_id: string;
                        event_type: string;
                        fees: {
                            amount?: string | null;
                            currency?: string | null;
                            dimensions?: Record<string, never>;
                            event_type?: string;
                            id?: string | null;
                            input_volume?: string;
                            package_size?: string;
                            price_id?: string;
                            price_name: string;
                            product_code: string;
                            product_id: string;
                            product_version: number;
                            usage_type: string;
                            volume_field?: string;
                            volume_rate?: string;
                        }[];
                        given_back: unknown[];
                        id: string;
                        prices: number;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletRecharge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            account: string;
                            account_name: string;
                            amount?: string;
                            asset: string;
                            available: string;
                            charging: unknown;
                            cooldown: number;
                            currency: string;
                            daily_limit: unknown;
                            enabled: boolean;
                            last_attempt: unknown;
                            monthly_limit: unknown;
                            payment_method: unknown;
                            says: string;
                            sentence: string;
                            spent_this_month: string;
                            spent_today: string;
                            state: string;
                            threshold: string;
                        }[];
                    };
                };
            };
        };
    };
    getCustomersByIdWalletRechargeByAsset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                asset: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account: string;
                        account_name: string;
                        amount?: string;
                        asset: string;
                        available: string;
                        charging: unknown;
                        cooldown: number;
                        currency: string;
                        daily_limit: unknown;
                        enabled: boolean;
                        last_attempt: unknown;
                        monthly_limit: unknown;
                        payment_method: unknown;
                        says: string;
                        sentence: string;
                        spent_this_month: string;
                        spent_today: string;
                        state: string;
                        threshold: string;
                    };
                };
            };
        };
    };
    putCustomersByIdWalletRechargeByAsset: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                asset: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How much. Must be above zero. */
                    amount?: components["schemas"]["Decimal"];
                    /** @description Seconds between two charges. */
                    cooldown?: number;
                    /** @description Such as USD. */
                    currency?: string;
                    /** @description The most that is charged in a day, in the currency. Must be above zero. */
                    daily_limit?: components["schemas"]["Decimal"];
                    /** @description Whether it is on; true unless said. */
                    enabled?: boolean;
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    id?: string;
                    /** @description The most that is charged in a month, in the currency. Must be above zero. */
                    monthly_limit?: components["schemas"]["Decimal"];
                    /** @description Which one is charged; the default one unless said. */
                    payment_method?: string;
                    /** @description Filled up to this, in place of `amount`. Must be above zero. */
                    target?: components["schemas"]["Decimal"];
                    /** @description It is filled when less than this is available. Must not be negative. */
                    threshold: components["schemas"]["Decimal"];
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account: string;
                        account_name: string;
                        asset: string;
                        available: string;
                        charging: {
                            amount: string;
                            at: string;
                            currency: string;
                            id: string;
                            price: string;
                            status: string;
                        } | null;
                        cooldown: number;
                        currency: string;
                        daily_limit: unknown;
                        enabled: boolean;
                        last_attempt: unknown;
                        monthly_limit: string | null;
                        payment_method: unknown;
                        says: string;
                        sentence: string;
                        spent_this_month: string;
                        spent_today: string;
                        state: string;
                        target?: string;
                        threshold: string;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletRechargeByAssetAttempts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                asset: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: unknown[];
                    };
                };
            };
        };
    };
    postCustomersByIdWalletRechargeByAssetPreview: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                asset: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How much. Must be above zero. */
                    amount?: components["schemas"]["Decimal"];
                    /** @description Seconds between two charges. */
                    cooldown?: number;
                    /** @description Such as USD. */
                    currency?: string;
                    /** @description The most that is charged in a day, in the currency. Must be above zero. */
                    daily_limit?: components["schemas"]["Decimal"];
                    /** @description Whether it is on; true unless said. */
                    enabled?: boolean;
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    id?: string;
                    /** @description The most that is charged in a month, in the currency. Must be above zero. */
                    monthly_limit?: components["schemas"]["Decimal"];
                    /** @description Which one is charged; the default one unless said. */
                    payment_method?: string;
                    /** @description Filled up to this, in place of `amount`. Must be above zero. */
                    target?: components["schemas"]["Decimal"];
                    /** @description It is filled when less than this is available. Must not be negative. */
                    threshold: components["schemas"]["Decimal"];
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount?: string;
                        available: string;
                        currency?: string;
                        price?: string;
                        saving: string;
                        sentence: string;
                        would: string;
                    };
                };
            };
        };
    };
    postCustomersByIdWalletRefunds: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How much. Must be above zero. */
                    amount?: components["schemas"]["Decimal"];
                    /** @description The payment, by the processor's id, the top-up's or the transaction's. */
                    payment_id: string;
                    /** @description Only says what it would do; nothing is changed. */
                    preview?: boolean;
                    /** @description Why; kept and shown. */
                    reason?: string;
                    /** @description Yours, by which the same refund is known when it is sent again; or the header Idempotency-Key. */
                    refund_id?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount: string;
                        balances: {
                            account: string;
                            asset: string;
                            available: string;
                            balance: string;
                            held: string;
                        }[];
                        created_at: string;
                        currency: string;
                        entry?: number;
                        given_back: unknown[];
                        id: string;
                        lost: string;
                        owed: unknown[];
                        paid: string;
                        payment: string;
                        reason: unknown;
                        taken: {
                            account: string;
                            amount: string;
                            grant_id: string;
                        }[];
                        type: string;
                    };
                };
            };
        };
    };
    postCustomersByIdWalletReversals: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The `seq` of the entry. */
                    entry?: number;
                    /** @description The id of the event. */
                    event_id?: string;
                    /** @description The id of a fee of the entry. */
                    fee_id?: string;
                    /** @description The id of the hold that was captured. */
                    hold_id?: string;
                    /** @description Why; kept and shown. */
                    reason?: string;
                    /** @description The id of the charge. */
                    transaction_id?: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amounts: {
                            amount: string;
                            asset: string;
                        }[];
                        balances: {
                            account: string;
                            asset: string;
                            available: string;
                            balance: string;
                            held: string;
                        }[];
                        created_at: string;
                        entry: number;
                        grants: {
                            amount: string;
                            grant_id: string;
                        }[];
                        id: string;
                        reason: unknown;
                        reverses: number;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletSettings: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        late_events_days: number;
                    };
                };
            };
        };
    };
    putCustomersByIdWalletSettings: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    id?: string;
                    /** @description For how many days a late event is recorded. */
                    late_events_days: number;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        late_events_days: number;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletTransactionsByTransaction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                transaction: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id?: string;
                        amount: string;
                        asset?: string;
                        created_at: string;
                        description?: unknown;
                        executed_at?: string;
                        id: string;
                        metadata?: Record<string, never> | null;
                        reason: string | null;
                        subject?: unknown;
                        type: string;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletUnpriced: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            charged: unknown[];
                            created_at: string;
                            data: unknown;
                            entry: number;
                            estimated: boolean;
                            event_id: string;
                            event_type: string;
                            occurred_at: string;
                            subject: unknown;
                            warnings: string[];
                        }[];
                        limit: number;
                        next: unknown;
                    };
                };
            };
        };
    };
    getCustomersByIdWalletByAccount: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        asset: string;
                        available: string;
                        balance: string;
                        held: string;
                        id: string;
                        name: string;
                        overdraft: string;
                        pending_in: string;
                        pending_out: string;
                        restricted: unknown[];
                    };
                };
            };
        };
    };
    getCustomersByIdWalletByAccountGrants: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                purpose?: "paid" | "bundled" | "promotion";
                exclude_expired?: boolean;
                effective_from?: string;
                effective_to?: string;
                expired_from?: string;
                expired_to?: string;
            };
            header?: never;
            path: {
                id: string;
                account: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            available: string;
                            created_at: string;
                            effective_at: string;
                            expires_at: unknown;
                            held: string;
                            id: string;
                            original: string;
                            priority: number;
                            purpose: string;
                        }[];
                        limit: number;
                        offset: number;
                        total_count: number;
                    };
                };
            };
        };
    };
    getEvents: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                cursor?: string;
                customer_id?: string;
                customer_external_id?: string;
                event_id?: string;
                event_types?: string;
                subject?: string;
                has_fees?: boolean;
                period_from?: string;
                period_to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            created_at: string;
                            customer_id: string;
                            description: unknown;
                            event_type: string;
                            external_id: string | null;
                            fee_currency: string | null;
                            fees: {
                                amount: string;
                                asset: string;
                            }[];
                            has_fees: boolean;
                            id: string;
                            occurred_at: string;
                            stats: {
                                currency: string;
                                gross_revenue: string;
                                margin: string | null;
                                net_revenue: string;
                                total_costs: string;
                            } | null;
                            subject: unknown;
                            total_fees: string | null;
                            unpriced?: boolean;
                        }[];
                        limit: number;
                        offset: number;
                        total_count: number;
                    };
                };
            };
        };
    };
    postEvents: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Your own name of the customer, in place of `customer_id`. */
                    customer_external_id?: string;
                    /** @description The customer; or `customer_external_id`. */
                    customer_id?: string;
                    /** @description Usage, event by event. */
                    events: components["schemas"]["RecordedUsageEvent"][];
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getEventsByEvent: {
        parameters: {
            query?: {
                customer_id?: string;
                customer_external_id?: string;
            };
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        costs: unknown[];
                        created_at: string;
                        customer_id: string;
                        data: unknown;
                        description: unknown;
                        event_type: string;
                        fees: {
                            amount?: string | null;
                            currency?: string | null;
                            dimensions?: Record<string, never>;
                            event_type?: string;
                            id?: string | null;
                            price_id?: string;
                            price_name: string;
                            product_code: string;
                            product_id: string;
                            product_version: number;
                            unit_price?: string;
                            usage_id?: string;
                            usage_type: string;
                        }[];
                        id: string;
                        occurred_at: string;
                        stats: {
                            currency: string;
                            gross_revenue: string;
                            margin: string | null;
                            net_revenue: string;
                            total_costs: string;
                        } | null;
                        subject: unknown;
                        warnings: unknown[];
                    };
                };
            };
        };
    };
    getHoldsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amounts: {
                            amount: string;
                            asset: string;
                            authorized: string;
                            captured: string;
                        }[];
                        authorized_at: string;
                        expires_at: string;
                        id: string;
                        status: string;
                    };
                };
            };
        };
    };
    postHoldsByIdCapture: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description How much. Must not be negative. */
                    amount?: components["schemas"]["Decimal"];
                    /** @description The code of an asset, such as USD. */
                    asset?: string;
                    /** @description Usage, event by event. */
                    events?: components["schemas"]["UsageEvent"][];
                    /** @description Whether it is the last one, which releases the rest; true unless said. */
                    final?: boolean;
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    id?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        balances: {
                            account: string;
                            asset: string;
                            available: string;
                            balance: string;
                            held: string;
                        }[];
                        captured: {
                            amount: string;
                            asset: string;
                        }[];
                        fees: unknown[];
                        hold: {
                            id: string;
                            status: string;
                        };
                        released: unknown[];
                    };
                };
            };
        };
    };
    postHoldsByIdExtend: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How much. Must not be negative. */
                    amount?: components["schemas"]["Decimal"];
                    /** @description The code of an asset, such as USD. */
                    asset?: string;
                    /** @description Usage, event by event. */
                    events?: components["schemas"]["UsageEvent"][];
                    /** @description Seconds from now until the hold ends by itself. */
                    expires_in?: number;
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    id?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        balances: unknown[];
                        captured: unknown[];
                        fees: unknown[];
                        hold: {
                            expires_at?: string;
                            id: string;
                            status: string;
                        };
                        released: unknown[];
                    };
                };
            };
        };
    };
    postHoldsByIdRelease: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Yours, by which the same call is known when it is sent again; or the header Idempotency-Key. */
                    id?: string;
                    /** @description Why; kept and shown. */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        balances: {
                            account: string;
                            asset: string;
                            available: string;
                            balance: string;
                            held: string;
                        }[];
                        captured: unknown[];
                        fees: unknown[];
                        hold: {
                            id: string;
                            status: string;
                        };
                        released: {
                            amount: string;
                            asset: string;
                        }[];
                    };
                };
            };
        };
    };
    getInboundEndpoints: {
        parameters: {
            query?: {
                limit?: string;
                offset?: string;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            account_id: string;
                            created_at: string;
                            former_secret_expires_at: unknown;
                            id: string;
                            mode: string;
                            processor: string;
                            secret_created_at: string;
                            url?: string;
                        }[];
                        total_count: number;
                    };
                };
            };
        };
    };
    postInboundEndpoints: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What you call who takes the payments. */
                    processor: string;
                    /** @description The signing secret. Must be whsec_ and the base 64 of 16 to 128 bytes, as Standard Webhooks writes secrets. */
                    secret?: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        created_at: string;
                        former_secret_expires_at: unknown;
                        id: string;
                        mode: string;
                        processor: string;
                        secret?: string;
                        secret_created_at: string;
                        url?: string;
                    };
                };
            };
        };
    };
    getInboundEndpointsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        created_at: string;
                        former_secret_expires_at: unknown;
                        id: string;
                        mode: string;
                        processor: string;
                        secret_created_at: string;
                        url?: string;
                    };
                };
            };
        };
    };
    deleteInboundEndpointsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    postInboundEndpointsByIdRotate: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description For how long the one of before is good as well. */
                    overlap_seconds?: number;
                    /** @description The signing secret. Must be whsec_ and the base 64 of 16 to 128 bytes, as Standard Webhooks writes secrets. */
                    secret?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        created_at: string;
                        former_secret_expires_at: string | null;
                        id: string;
                        mode: string;
                        processor: string;
                        secret_created_at: string;
                        url?: string;
                    };
                };
            };
        };
    };
    getKeys: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            created_at: string;
                            id: string;
                            mode: string;
                            name: string;
                            scopes: string[];
                        }[];
                        limit: number;
                        offset: number;
                        total_count: number;
                    };
                };
            };
        };
    };
    postKeys: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description The side; that of the key that asks, unless said.
                     * @enum {string}
                     */
                    mode?: "live" | "test";
                    /** @description For people. */
                    name: string;
                    /** @description What it may do. */
                    scopes?: ("read" | "write" | "admin")[];
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        id: string;
                        key?: string;
                        mode: string;
                        name: string;
                        scopes: string[];
                    };
                };
            };
        };
    };
    deleteKeysById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    postKeysByIdRotate: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description For how long the one of before is good as well. */
                    overlap_seconds?: number;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        id: string;
                        key?: string;
                        mode: string;
                        name: string;
                        scopes: string[];
                    };
                };
            };
        };
    };
    getMeta: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        journal_format: number;
                        limits: {
                            accounts_per_wallet: number;
                            address_characters: number;
                            amount_below: string;
                            amount_decimal_places: number;
                            assets_per_price: number;
                            body_bytes: number;
                            budget_data_fields: number;
                            budget_rolling_seconds: number;
                            budget_thresholds: number;
                            budget_value_characters: number;
                            budget_values_per_wallet: number;
                            budgets_inherited: number;
                            budgets_per_wallet: number;
                            call_bytes: number;
                            costs_per_event: number;
                            credit_restrictions: number;
                            dimensions_per_price: number;
                            due_entries_per_call: number;
                            early_event_seconds: number;
                            entitlements_per_product: number;
                            entry_bytes: number;
                            errors_per_reply: number;
                            events_per_request: number;
                            external_accounts_per_customer: number;
                            features_per_product: number;
                            fees_per_request: number;
                            grace_days: number;
                            grants_per_account: number;
                            grants_per_hold: number;
                            hold_seconds: number;
                            id_characters: number;
                            interval_count: number;
                            items_counted: number;
                            json_depth: number;
                            json_members: number;
                            key_overlap_seconds: number;
                            keys: number;
                            late_events_days: number;
                            metadata_bytes: number;
                            open_holds_per_wallet: number;
                            page_bytes: number;
                            page_items: number;
                            portal_session_seconds: number;
                            prices_per_product: number;
                            products: number;
                            rates_of_a_new_asset: number;
                            rows_per_asset: number;
                            stripe_connected_accounts: number;
                            stripe_endpoints: number;
                            stripe_overlap_seconds: number;
                            stripe_secrets_per_endpoint: number;
                            subscriptions_per_request: number;
                            subscriptions_per_wallet: number;
                            text_characters: number;
                            tiers_per_row: number;
                            top_up_link_seconds: number;
                            top_ups_per_link: number;
                            trial_days: number;
                            unmatched_payments_per_purge: number;
                            versions_per_product: number;
                            wallet_bytes: number;
                            webhook_answer_seconds: number;
                            webhook_data_bytes: number;
                            webhook_deliveries: number;
                            webhook_destinations: number;
                            webhook_events_days: number;
                            webhook_overlap_seconds: number;
                            webhook_topic_characters: number;
                            webhook_topics: number;
                        };
                        local: boolean;
                        name: string;
                        version: string;
                    };
                };
            };
        };
    };
    getProducts: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                cursor?: string;
                code?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            code: string;
                            id: string;
                            name: string;
                        }[];
                        limit: number;
                        offset: number;
                        total_count: number;
                    };
                };
            };
        };
    };
    postProducts: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Limits of spending. */
                    budgets?: components["schemas"]["InheritedBudget"][];
                    /** @description A code of your own, by which it is named from then on. */
                    code: string;
                    /** @description Credit that comes with the product. */
                    entitlements?: components["schemas"]["Entitlement"][];
                    /** @description What the product allows. */
                    features?: components["schemas"]["Feature"][];
                    /** @description For people. */
                    name: string;
                    /** @description What it costs. */
                    prices: components["schemas"]["Price"][];
                    /** @description Whether it can be subscribed to from now on; what is published never changes. */
                    publish?: boolean;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code: string;
                        id: string;
                        is_default: boolean;
                        status: string;
                        version: number;
                    };
                };
            };
        };
    };
    getProductsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code: string;
                        created_at: string;
                        default_version: {
                            entitlements: unknown[];
                            prices: {
                                billing_model: {
                                    type: string;
                                };
                                id: string;
                                name: string;
                                pricing: {
                                    asset: string;
                                    values: {
                                        package_size?: string;
                                        unit_price?: string;
                                        volume_rate?: string;
                                    }[];
                                }[];
                                pricing_model: string;
                                type: string;
                                usage_calculation: {
                                    event_type: string;
                                    usage_type: string;
                                    volume_field?: string;
                                };
                            }[];
                            version: number;
                        };
                        id: string;
                        name: string;
                        versions: {
                            created_at: string;
                            status: string;
                            version: number;
                        }[];
                    };
                };
            };
        };
    };
    postProductsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Limits of spending. */
                    budgets?: components["schemas"]["InheritedBudget"][];
                    /** @description Read and not used. */
                    code?: unknown;
                    /** @description Credit that comes with the product. */
                    entitlements?: components["schemas"]["Entitlement"][];
                    /** @description What the product allows. */
                    features?: components["schemas"]["Feature"][];
                    /** @description Read and not used. */
                    name?: unknown;
                    /** @description What it costs. */
                    prices: components["schemas"]["Price"][];
                    /** @description Whether it can be subscribed to from now on; what is published never changes. */
                    publish?: boolean;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code: string;
                        id: string;
                        is_default: boolean;
                        status: string;
                        version: number;
                    };
                };
            };
        };
    };
    deleteProductsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getProductsByIdSubscribers: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            customer_id: string;
                            customer_name: string;
                            email: unknown;
                            external_id: string | null;
                            product_rate_plan_id: string;
                            renews_at: unknown;
                            started_at: string;
                            subscription_id: string;
                            subscription_status: string;
                            version: number;
                        }[];
                        limit: number;
                        offset: number;
                        total_count: number;
                    };
                };
            };
        };
    };
    getProductsByIdByVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code: string;
                        entitlements: unknown[];
                        id: string;
                        is_default: boolean;
                        name: string;
                        prices: {
                            billing_model: {
                                type: string;
                            };
                            id: string;
                            name: string;
                            pricing: {
                                asset: string;
                                values: {
                                    package_size?: string;
                                    unit_price?: string;
                                    volume_rate?: string;
                                }[];
                            }[];
                            pricing_model: string;
                            type: string;
                            usage_calculation: {
                                event_type: string;
                                usage_type: string;
                                volume_field?: string;
                            };
                        }[];
                        status: string;
                        version: number;
                    };
                };
            };
        };
    };
    deleteProductsByIdByVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patchProductsByIdByVersion: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Subscriptions that name no version get this one. */
                    make_default?: boolean;
                    /** @description Whether it can be subscribed to from now on; what is published never changes. */
                    publish?: boolean;
                };
            };
        };
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    postProductsByIdByVersionSimulateUsage: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Usage, event by event. */
                    events: components["schemas"]["UsageEvent"][];
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        fees: {
                            amount?: string | null;
                            currency?: string | null;
                            dimensions?: Record<string, never>;
                            event_type?: string;
                            price_id?: string;
                            price_name: string;
                            unit_price?: string;
                            usage_id?: string;
                            usage_type: string;
                        }[];
                    };
                };
            };
        };
    };
    getRechargesById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount: string;
                        currency: string;
                        customer_id: string;
                        id: string;
                        payment_id: string | null;
                        processor: string;
                        receipt: {
                            amount: string;
                            currency: string;
                            number: unknown;
                            tax: string;
                            url: unknown;
                        } | null;
                    };
                };
            };
        };
    };
    getReconciliation: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        credited_not_paid: unknown[];
                        from: string;
                        next: string | null;
                        paid_not_credited: unknown[];
                        to: string;
                    };
                };
            };
        };
    };
    postReconciliationMend: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description `mend` makes it agree with Stripe, `settle` says that it was settled elsewhere; `mend` unless said.
                     * @enum {string}
                     */
                    action?: "mend" | "settle";
                    /** @description The PaymentIntent or the refund, as Stripe calls it. Must be that of a PaymentIntent, pi_…, or to be mended that of a refund, re_…. */
                    id: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        outcome: string;
                        reason: unknown;
                    };
                };
            };
        };
    };
    getStripeEndpoints: {
        parameters: {
            query?: {
                limit?: string;
                offset?: string;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            account_id: string;
                            api_version: string;
                            connected_accounts: unknown[];
                            created_at: string;
                            id: string;
                            mode: string;
                            name: string;
                            secrets: {
                                created_at: string;
                                expires_at: unknown;
                            }[];
                            url?: string;
                        }[];
                        total_count: number;
                    };
                };
            };
        };
    };
    postStripeEndpoints: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The version of Stripe's API that the endpoint's events are written in. Must be a version of Stripe's API, such as 2020-08-27 or 2025-09-30.clover. */
                    api_version?: string;
                    /** @description The accounts at Stripe whose events may credit; only your own unless said. */
                    connected_accounts?: string[];
                    /** @description For people. */
                    name: string;
                    /** @description The signing secret. */
                    secret?: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        api_version: string;
                        connected_accounts: string[];
                        created_at: string;
                        id: string;
                        mode: string;
                        name: string;
                        secrets: {
                            created_at: string;
                            expires_at: unknown;
                        }[];
                        url?: string;
                    };
                };
            };
        };
    };
    getStripeEndpointsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        api_version: string;
                        connected_accounts: unknown[];
                        created_at: string;
                        id: string;
                        mode: string;
                        name: string;
                        secrets: {
                            created_at: string;
                            expires_at: unknown;
                        }[];
                        url?: string;
                    };
                };
            };
        };
    };
    deleteStripeEndpointsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patchStripeEndpointsById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The version of Stripe's API that the endpoint's events are written in. Must be a version of Stripe's API, such as 2020-08-27 or 2025-09-30.clover. */
                    api_version?: string;
                    /** @description The accounts at Stripe whose events may credit; only your own unless said. */
                    connected_accounts?: string[];
                    /** @description For people. */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        api_version: string;
                        connected_accounts: unknown[];
                        created_at: string;
                        id: string;
                        mode: string;
                        name: string;
                        secrets: {
                            created_at: string;
                            expires_at: unknown;
                        }[];
                        url?: string;
                    };
                };
            };
        };
    };
    postStripeEndpointsByIdRotate: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description For how long the one of before is good as well. */
                    overlap_seconds?: number;
                    /** @description The signing secret. */
                    secret: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        account_id: string;
                        api_version: string;
                        connected_accounts: unknown[];
                        created_at: string;
                        id: string;
                        mode: string;
                        name: string;
                        secrets: {
                            created_at: string;
                            expires_at: string | null;
                        }[];
                        url?: string;
                    };
                };
            };
        };
    };
    postStripeRecoveries: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        claimed: number;
                        credited: number;
                        events: number;
                        fetched: number;
                        more: boolean;
                        unmatched: number;
                    };
                };
            };
        };
    };
    postTokensExchange: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What the link had in its fragment. */
                    link_token: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        allowed_origins: unknown[];
                        created_at: string;
                        customer_id: string;
                        expires_at: string;
                        id: string;
                        scopes: string[];
                        spend_cap: unknown;
                        token?: string;
                    };
                };
            };
        };
    };
    postTopUps: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The payer may enter promotion codes of Stripe's; false unless said. */
                    allow_promotion_codes?: boolean;
                    /** @description How much. Must be above zero. */
                    amount?: components["schemas"]["Decimal"];
                    /**
                     * Format: date-time
                     * @description From when on the credit cannot be used; never unless said.
                     */
                    credit_expires_at?: string;
                    /** @description Such as USD. */
                    currency?: string;
                    /** @description The customer. */
                    customer_id: string;
                    /** @description In words. */
                    description?: string;
                    /** @description What is filled, where that is another asset than the currency. */
                    destination?: {
                        /** @description An account beside the asset's default one; `default` unless said. */
                        account_name?: string;
                        /** @description The code of an asset, such as USD. */
                        asset: string;
                        /** @description What one unit of the asset costs, in place of its own rate. Must be above zero. */
                        exchange_rate?: components["schemas"]["Decimal"];
                    };
                    /** @description Where the customer comes back to without having paid. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    failure_url?: string;
                    /** @description Strings of your own, by name. Must be at most 2048 bytes in all. */
                    metadata?: {
                        [key: string]: string;
                    };
                    /** @description The code of a pack, which says amount, currency and destination. */
                    pack?: string;
                    /**
                     * @description How it is paid: at a link, unless said, or over HTTP 402.
                     * @enum {string}
                     */
                    payment?: "link" | "mpp";
                    /** @description Where the customer comes back to. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    return_url?: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        credit: {
                            amount: string;
                            asset: string;
                        };
                        credit_expires_at: unknown;
                        expires_at: string;
                        grants: {
                            amount: string;
                            asset: string;
                            purpose: string;
                        }[];
                        id: string;
                        processor: string;
                        redirect_url?: string;
                        status: string;
                    };
                };
            };
        };
    };
    getTopUpsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount: string;
                        created_at: string;
                        credit: {
                            amount: string;
                            asset: string;
                        };
                        credit_expires_at: unknown;
                        currency: string;
                        customer_id: string;
                        description: unknown;
                        destination: {
                            account_name: string;
                            asset: string;
                        };
                        expires_at: string;
                        grants: {
                            amount: string;
                            asset: string;
                            purpose: string;
                        }[];
                        id: string;
                        metadata: Record<string, never> | null;
                        pack: unknown;
                        processor: string;
                        receipt: unknown;
                        status: string;
                    };
                };
            };
        };
    };
    deleteTopUpsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    getUnmatchedPayments: {
        parameters: {
            query?: {
                status?: "open" | "credited" | "assigned" | "dismissed";
                reason?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            amount: string | null;
                            asset: string | null;
                            customer_id: unknown;
                            detail: string;
                            event_id: string;
                            event_type: string;
                            note: unknown;
                            payment: string | null;
                            reason: string;
                            received_at: string;
                            resolved_at: unknown;
                            status: string;
                        }[];
                        limit: number;
                        next: unknown;
                    };
                };
            };
        };
    };
    postUnmatchedPaymentsPurge: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: date-time
                     * @description What was resolved before then is forgotten.
                     */
                    resolved_before: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        more: boolean;
                        purged: number;
                    };
                };
            };
        };
    };
    getUnmatchedPaymentsByEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount: string | null;
                        asset: string | null;
                        customer_id: unknown;
                        detail: string;
                        event_id: string;
                        event_type: string;
                        note: unknown;
                        payment: string | null;
                        reason: string;
                        received_at: string;
                        resolved_at: unknown;
                        status: string;
                    };
                };
            };
        };
    };
    deleteUnmatchedPaymentsByEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    postUnmatchedPaymentsByEventAssign: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Your own name of the customer, in place of `customer_id`. */
                    customer_external_id?: string;
                    /** @description The customer; or `customer_external_id`. */
                    customer_id?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount: string | null;
                        asset: string | null;
                        customer_id: string | null;
                        detail: string;
                        event_id: string;
                        event_type: string;
                        note: unknown;
                        payment: string | null;
                        reason: string;
                        received_at: string;
                        resolved_at: string | null;
                        status: string;
                    };
                };
            };
        };
    };
    postUnmatchedPaymentsByEventResolve: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                event: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description What was done about it. */
                    note?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        amount: string | null;
                        asset: string | null;
                        customer_id: unknown;
                        detail: string;
                        event_id: string;
                        event_type: string;
                        note: unknown;
                        payment: string | null;
                        reason: string;
                        received_at: string;
                        resolved_at: string | null;
                        status: string;
                    };
                };
            };
        };
    };
    getVendors: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                cursor?: string;
                external_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            created_at: string;
                            external_id: unknown;
                            id: string;
                            name: string;
                        }[];
                        limit: number;
                        offset: number;
                        total_count: number;
                    };
                };
            };
        };
    };
    postVendors: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Your own id, which stands for ours everywhere. */
                    external_id?: string;
                    /** @description For people. */
                    name: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        external_id: unknown;
                        id: string;
                        name: string;
                    };
                };
            };
        };
    };
    getVendorsById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        external_id: unknown;
                        id: string;
                        name: string;
                    };
                };
            };
        };
    };
    getVendorsByIdStats: {
        parameters: {
            query?: {
                currency?: string;
                category?: string;
                period_from?: string;
                period_to?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        categories: unknown[];
                        currency: string;
                        total_costs: string;
                    };
                };
            };
        };
    };
    getWebhooks: {
        parameters: {
            query?: {
                limit?: string;
                offset?: string;
                cursor?: string;
                enabled?: boolean;
                connect?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            connect: boolean;
                            created_at: string;
                            enabled: boolean;
                            id: string;
                            topics: string[];
                            updated_at: string;
                            url: string;
                        }[];
                        total_count: number;
                    };
                };
            };
        };
    };
    postWebhooks: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description It hears of the accounts below, too; false unless said. */
                    connect?: boolean;
                    /** @description What it hears of; everything unless said. Must be a list of 1 to 50 topics such as "subscription.activated", or ["*"] for all. */
                    topics?: string[];
                    /** @description Where it is sent. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    url: string;
                };
            };
        };
        responses: {
            /** @description It is made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        connect: boolean;
                        created_at: string;
                        enabled: boolean;
                        id: string;
                        secret?: string | null;
                        topics: string[];
                        updated_at: string;
                        url: string;
                    };
                };
            };
        };
    };
    getWebhooksEvents: {
        parameters: {
            query?: {
                limit?: number;
                next?: string;
                prev?: string;
                status?: string;
                destination_id?: string;
                time_gte?: string;
                time_lte?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        models: {
                            data: unknown;
                            destination_id: string;
                            failed_at: unknown;
                            id: string;
                            metadata: Record<string, never> | null;
                            successful_at: string | null;
                            time: string;
                            topic: string;
                        }[];
                        pagination: {
                            limit: number;
                        };
                    };
                };
            };
        };
    };
    postWebhooksTestByTopic: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                topic: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description It will be sent. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
        };
    };
    postWebhooksTestByTopicByAccount: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                topic: string;
                account: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description It will be sent. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
        };
    };
    getWebhooksById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        connect: boolean;
                        created_at: string;
                        enabled: boolean;
                        id: string;
                        secret?: unknown;
                        topics: string[];
                        updated_at: string;
                        url: string;
                    };
                };
            };
        };
    };
    deleteWebhooksById: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patchWebhooksById: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Whether it is on; true unless said. */
                    enabled?: boolean;
                    /** @description What it hears of; everything unless said. Must be a list of 1 to 50 topics such as "subscription.activated", or ["*"] for all. */
                    topics?: string[];
                    /** @description Where it is sent. Must be an address that begins with https:// or http://, without a user name, and percent-encoded where needed. */
                    url?: string;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        connect: boolean;
                        created_at: string;
                        enabled: boolean;
                        id: string;
                        secret?: unknown;
                        topics: string[];
                        updated_at: string;
                        url: string;
                    };
                };
            };
        };
    };
    postWebhooksByIdRotate: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description For how long the one of before is good as well. */
                    overlap_seconds?: number;
                };
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        connect: boolean;
                        created_at: string;
                        enabled: boolean;
                        id: string;
                        previous_secret_until?: string;
                        secret?: string | null;
                        topics: string[];
                        updated_at: string;
                        url: string;
                    };
                };
            };
        };
    };
    postWebhooksByIdTestByTopic: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                topic: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description It will be sent. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
        };
    };
    postWebhooksByIdTestByTopicByAccount: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key makes the same call safe to send again. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                id: string;
                topic: string;
                account: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description It will be sent. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                    };
                };
            };
        };
    };
}
