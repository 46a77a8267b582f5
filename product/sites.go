package product

import (
	"sync"

	"github.com/kafkanauts/kafkanauts/order"
)

// Sites fills in the site on which the order was placed, in proportion to the
// shares of its country and category. The zero Sites has the default world's.
type Sites struct {
	By *Shares // nil: DefaultSites
}

// Name returns "sites".
func (s Sites) Name() string { return "sites" }

// Reads returns country and category.
func (s Sites) Reads() []order.Field { return []order.Field{order.Country, order.Category} }

// Writes returns the site.
func (s Sites) Writes() []order.Field { return []order.Field{order.Site} }

// Covers returns why orders of this country and category have no site, or nil.
func (s Sites) Covers(country, category string) error { return s.shares().Covers(country, category) }

func (s Sites) shares() *Shares {
	if s.By == nil {
		return DefaultSites()
	}
	return s.By
}

// Generate fills in the site.
func (s Sites) Generate(d *Draw, o *order.Order) {
	o.Site = s.shares().Pick(o.Country, o.Category, d.Uint64())
}

// bind is Bind of Binder.
func (s Sites) bind(m *Moment) Generator {
	return &boundSites{s, s.shares().cells.at(m.Country, m.Category)}
}

// boundSites is Sites for one country and category.
type boundSites struct {
	Sites
	cell *shareCell
}

func (s *boundSites) Generate(d *Draw, o *order.Order) { o.Site = s.cell.pick(d.Uint64()) }

// DefaultSites returns the default world's sites: shops that are large in each
// country, with some that sell one category only; elsewhere, those that deliver
// everywhere.
func DefaultSites() *Shares { return defaultSites() }

var defaultSites = sync.OnceValue(func() *Shares {
	s, err := NewShares(siteRows()...)
	if err != nil {
		panic(err) // our own data, which the tests load
	}
	return s
})

// siteRows returns the rows: in each category, the country's general shops and
// those of the category.
func siteRows() []Share {
	type site struct {
		name   string
		weight float64
	}
	general := []struct {
		country string
		sites   []site
	}{
		{UnitedStates, []site{{"amazon.com", 38}, {"walmart.com", 14}, {"ebay.com", 9}, {"target.com", 7}, {"costco.com", 6}, {"etsy.com", 3}}},
		{Mexico, []site{{"mercadolibre.com.mx", 30}, {"amazon.com.mx", 24}, {"walmart.com.mx", 13}, {"liverpool.com.mx", 8}, {"coppel.com", 7}, {"chedraui.com.mx", 4}}},
		{China, []site{{"taobao.com", 27}, {"tmall.com", 24}, {"jd.com", 20}, {"pinduoduo.com", 17}, {"suning.com", 4}, {"vip.com", 3}}},
		{Spain, []site{{"amazon.es", 32}, {"elcorteingles.es", 15}, {"aliexpress.es", 11}, {"carrefour.es", 9}, {"pccomponentes.com", 5}, {"miravia.es", 4}}},
		{"", []site{{"amazon.com", 40}, {"aliexpress.com", 20}, {"ebay.com", 16}, {"shein.com", 8}, {"temu.com", 7}}},
	}
	special := map[[2]string][]site{
		{UnitedStates, Gas}: {{"gasbuddy.com", 30}, {"upside.com", 12}}, {UnitedStates, Groceries}: {{"instacart.com", 26}, {"kroger.com", 14}},
		{UnitedStates, Medicine}: {{"cvs.com", 28}, {"walgreens.com", 22}}, {UnitedStates, Music}: {{"bandcamp.com", 24}, {"discogs.com", 12}},
		{Mexico, Gas}: {{"oxxogas.com", 34}}, {Mexico, Groceries}: {{"soriana.com", 24}, {"rappi.com.mx", 16}},
		{Mexico, Medicine}: {{"fahorro.com", 26}, {"farmaciasguadalajara.com", 20}}, {Mexico, Music}: {{"mixup.com.mx", 22}},
		{China, Gas}: {{"tuanyou.com", 36}}, {China, Groceries}: {{"freshhema.com", 30}, {"missfresh.cn", 9}},
		{China, Medicine}: {{"yaofangwang.com", 24}, {"111.com.cn", 18}}, {China, Music}: {{"y.qq.com", 30}, {"music.163.com", 22}},
		{Spain, Gas}: {{"waylet.es", 32}}, {Spain, Groceries}: {{"mercadona.es", 30}, {"dia.es", 14}},
		{Spain, Medicine}: {{"promofarma.com", 24}, {"dosfarma.com", 16}}, {Spain, Music}: {{"fnac.es", 24}},
		{"", Groceries}: {{"instacart.com", 20}}, {"", Medicine}: {{"iherb.com", 30}}, {"", Music}: {{"bandcamp.com", 26}, {"discogs.com", 14}},
	}
	var rows []Share
	for _, g := range general {
		for _, category := range []string{"", ECommerce, Gas, Groceries, Medicine, Music} {
			for _, s := range append(g.sites[:len(g.sites):len(g.sites)], special[[2]string{g.country, category}]...) {
				rows = append(rows, Share{g.country, category, s.name, s.weight})
			}
		}
	}
	return rows
}
