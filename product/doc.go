// Package product decides what is in an order: who orders which product from
// which site, how much of it, how it is paid and whether that succeeds, and which
// hidden patterns run through all this.
//
// An order is made by a [Chain] of stages, each a [Generator]: one method that
// fills in its part from a [Draw]. [World] is the default chain:
//
//	Customers  customer_id, customer_name, city
//	Sites      ecommerce_website_name
//	Catalog    product_id, product_name, price
//	Swap       the same three, where a planted pattern acts
//	Basket     qty, and price where something bends it
//	Payment    payment_type
//	Outcome    payment_txn_success, failure_reason
//
// Each stage is a value that can be replaced, left out or moved, and a user's own
// stage is as good as any of these: the randomness of a stage is keyed by its name,
// so no change to the chain alters what the others draw. Package producttest
// holds such stages to the contract.
//
// What has to be looked up for every order lies in tables that are built once
// and never change: [People], [Shares] and [Catalog]. All stages here are safe for
// concurrent use and allocate nothing for an order.
package product
