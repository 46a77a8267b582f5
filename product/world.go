package product

// The countries and categories of the default world, as they stand in its orders.
const (
	UnitedStates = "United States"
	Mexico       = "Mexico"
	China        = "China"
	Spain        = "Spain"

	ECommerce = "E-Commerce"
	Gas       = "Gas"
	Groceries = "Groceries"
	Medicine  = "Medicine"
	Music     = "Music"
)

// World returns the stages of the default world: customers, sites, the catalog,
// Tuesday's tacos, the basket, payment and outcome. The slice is the caller's to
// change; the tables behind the stages are shared and never change.
func World() Chain {
	return Chain{
		Customers{People: DefaultPeople()},
		Sites{By: DefaultSites()},
		DefaultCatalog(),
		Tacos(),
		Basket{},
		Payment{},
		Outcome{},
	}
}
