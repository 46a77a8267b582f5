// Package demand decides when orders happen, and where.
//
// A Curve is a rate of orders over time, read from a wall clock; a Segment gives
// it to one country and one category, with that country's clock; a Market is all
// segments together. World is the default one.
//
// A Plan cuts a span of time into steps and fixes the law by which orders arrive:
// an exact Poisson process whose rate follows the market's. A Sampler draws the
// arrivals, step by step and shard by shard, each a function of its key alone. A
// Forecast says before a run what it will come to, and how far it may stray.
//
// All rates are orders a second. Everything that decides which orders arrive has
// the same bits on every machine; what only describes them, such as a closed-form
// integral or a band, may differ in the last digit.
package demand
