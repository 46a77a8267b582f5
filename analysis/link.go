package analysis

import "github.com/kafkanauts/kafkanauts/order"

// link is a dependency that is looked for: from one or two fields to another.
type link struct {
	from [2]order.Field
	to   order.Field
}

// links are those looked for. Learn keeps those that hold.
var links = [...]link{
	{[2]order.Field{order.CustomerID}, order.CustomerName},
	{[2]order.Field{order.CustomerID}, order.Country},
	{[2]order.Field{order.CustomerID}, order.City},
	{[2]order.Field{order.ProductID}, order.ProductName},
	{[2]order.Field{order.ProductID}, order.Category},
	{[2]order.Field{order.ProductName}, order.ProductID},
	{[2]order.Field{order.ProductName}, order.Category},
	{[2]order.Field{order.ProductID}, order.Price},
	{[2]order.Field{order.ProductID, order.Country}, order.Price},
	{[2]order.Field{order.City}, order.Country},
	{[2]order.Field{order.Site}, order.Country},
	{[2]order.Field{order.Site}, order.Category},
	{[2]order.Field{order.Reason}, order.Payment},
	{[2]order.Field{order.Success}, order.Reason},
}

// reasonPayment and what follows it say how outcomes go together; they are no
// dependencies.
const reasonPayment = len(links) - 2

// families are the links by what they come from: those that one table counts.
var families = [...][]int{{0, 1, 2}, {3, 4, 7}, {5, 6}, {8}, {9}, {10, 11}, {12}, {13}}

const (
	customerFamily = 0
	reasonFamily   = len(families) - 2
	successFamily  = len(families) - 1
)

// keyOf returns the hash of what a family comes from in a record of these hashes,
// 0 if it is not there.
func keyOf(family []int, hash *hashes) uint64 {
	from := &links[family[0]].from
	key := hash[from[0]]
	if from[1] == order.None || key == 0 {
		return key
	}
	if hash[from[1]] == 0 {
		return 0
	}
	return pairOf(key, hash[from[1]])
}
