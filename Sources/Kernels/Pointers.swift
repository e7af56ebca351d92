// What every kernel needs to leave the checked world: the pointer behind a span, and eight lanes read or written at once.
// A span outlives the call it is passed to, so a pointer taken from it is valid until the kernel returns.

/// Eight lanes of Float, one AVX2 register.
typealias Lanes = SIMD8<Float>

#if AVX512
  typealias WidestRegister = SIMD16<Float>
#else
  typealias WidestRegister = Lanes
#endif
/// As many lanes of Float as the widest register has.
typealias WideLanes = WidestRegister

typealias FloatPointer = UnsafePointer<Float>
typealias MutableFloatPointer = UnsafeMutablePointer<Float>

extension Span {
  /// The first element's address; for an empty span an address that must not be read.
  @inline(__always)
  var pointer: UnsafePointer<Element> {
    withUnsafeBufferPointer { $0.baseAddress } ?? UnsafePointer(bitPattern: 64).unsafelyUnwrapped
  }
}

extension MutableSpan {
  /// The first element's address; for an empty span an address that must not be used.
  @inline(__always)
  var mutablePointer: UnsafeMutablePointer<Element> {
    mutating get {
      withUnsafeMutableBufferPointer { $0.baseAddress }
        ?? UnsafeMutablePointer(bitPattern: 64).unsafelyUnwrapped
    }
  }
}

@inline(__always)
func load(_ pointer: FloatPointer) -> Lanes {
  UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func load(_ pointer: MutableFloatPointer) -> Lanes {
  UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
}

/// The same for any number of lanes.
@inline(__always)
func load<Register: SIMD>(_ pointer: FloatPointer, as kind: Register.Type) -> Register
where Register.Scalar == Float {
  UnsafeRawPointer(pointer).loadUnaligned(as: kind)
}

@inline(__always)
func store<Register: SIMD>(_ lanes: Register, to pointer: MutableFloatPointer)
where Register.Scalar == Float {
  UnsafeMutableRawPointer(pointer).storeBytes(of: lanes, as: Register.self)
}

/// The first `count` (at most eight) elements, the other lanes filled.
@inline(__always)
func load(_ pointer: FloatPointer, count: Int, filler: Float = 0) -> Lanes {
  var lanes = Lanes(repeating: filler)
  for i in 0..<count { lanes[i] = pointer[i] }
  return lanes
}

/// Writes the first `count` (at most eight) lanes.
@inline(__always)
func store(_ lanes: Lanes, to pointer: MutableFloatPointer, count: Int) {
  for i in 0..<count { pointer[i] = lanes[i] }
}

/// The first `count` elements, all of which are read at once if they are eight.
@inline(__always)
func loadSome(_ pointer: FloatPointer, _ count: Int) -> Lanes {
  count == 8 ? load(pointer) : load(pointer, count: count)
}

/// Writes the first `count` lanes, all at once if they are eight.
@inline(__always)
func storeSome(_ lanes: Lanes, to pointer: MutableFloatPointer, _ count: Int) {
  if count == 8 { store(lanes, to: pointer) } else { store(lanes, to: pointer, count: count) }
}

/// The larger of two in each lane; the second where the first is not a number.
@inline(__always)
func larger(_ x: Lanes, _ y: Lanes) -> Lanes { y.replacing(with: x, where: x .> y) }

/// The eight lanes added pairwise: (0+4, 1+5, …), then halves again.
@inline(__always)
func pairwiseSum(_ lanes: Lanes) -> Float {
  let four = lanes.lowHalf + lanes.highHalf
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}

/// Stops with kernel, argument and both numbers unless an argument has the size it must have.
@inline(__always)
func requireCount(
  _ count: Int, _ expected: Int, _ kernel: StaticString, _ argument: StaticString
) {
  precondition(
    count == expected, "\(kernel): \(argument) has \(count) elements, expected \(expected)")
}

/// `numerator / denominator`, rounded up.
@inline(__always)
func ceilingDivision(_ numerator: Int, _ denominator: Int) -> Int {
  (numerator + denominator - 1) / denominator
}
