// The elementary functions of the C library, for the reference.

import Foundation

func _exp(_ x: Double) -> Double { exp(x) }
func _log(_ x: Double) -> Double { log(x) }
func _tanh(_ x: Double) -> Double { tanh(x) }
