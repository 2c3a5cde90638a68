package equivalence

// Features are the names of what the generator can make. A run of some
// thousand statements has every one; a name that never occurs is a mistake.
var Features = []string{}
