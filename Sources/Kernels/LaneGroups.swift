// Sixteen or twenty-four floats in two or three registers of eight lanes, or one and a half of sixteen: the outputs that the
// micro-kernels of convolutions compute at once.

/// One value for each of a few outputs, in registers.
protocol LaneGroup {
  /// How many outputs there are.
  static var width: Int { get }
  /// Zeros.
  init()
  /// `width` numbers from memory.
  init(_ source: FloatPointer)
  /// Adds `value` times `factors`.
  mutating func addProduct(_ value: Float, _ factors: Self)
  /// Writes the first `count` numbers.
  func store(to target: MutableFloatPointer, count: Int)
  /// Adds all numbers to memory.
  func add(to target: MutableFloatPointer)
}

struct SixteenLanes: LaneGroup {
  static var width: Int { 16 }

  #if AVX512
    private var lanes = SIMD16<Float>()
    private var low: Lanes { @inline(__always) get { lanes.lowHalf } }
    private var high: Lanes { @inline(__always) get { lanes.highHalf } }
  #else
    private var low = Lanes()
    private var high = Lanes()
  #endif

  @inline(__always) init() {}

  @inline(__always) init(_ source: FloatPointer) {
    #if AVX512
      lanes = load(source, as: SIMD16<Float>.self)
    #else
      low = load(source)
      high = load(source + 8)
    #endif
  }

  @inline(__always) mutating func addProduct(_ value: Float, _ factors: SixteenLanes) {
    #if AVX512
      lanes.addProduct(SIMD16(repeating: value), factors.lanes)
    #else
      let values = Lanes(repeating: value)
      low.addProduct(values, factors.low)
      high.addProduct(values, factors.high)
    #endif
  }

  @inline(__always) func store(to target: MutableFloatPointer, count: Int) {
    if count >= 16 { return store(to: target) }
    storeLanes(low, to: target, count: count)
    storeLanes(high, to: target + 8, count: count - 8)
  }

  @inline(__always) func add(to target: MutableFloatPointer) {
    Kernels.store(load(target) + low, to: target)
    Kernels.store(load(target + 8) + high, to: target + 8)
  }

  @inline(__always) mutating func add(_ other: SixteenLanes) {
    #if AVX512
      lanes += other.lanes
    #else
      low += other.low
      high += other.high
    #endif
  }

  /// Writes all numbers.
  @inline(__always) func store(to target: MutableFloatPointer) {
    #if AVX512
      Kernels.store(lanes, to: target)
    #else
      Kernels.store(low, to: target)
      Kernels.store(high, to: target + 8)
    #endif
  }
}

struct TwentyFourLanes: LaneGroup {
  static var width: Int { 24 }
  private var sixteen = SixteenLanes()
  private var last = Lanes()

  @inline(__always) init() {}

  @inline(__always) init(_ source: FloatPointer) {
    sixteen = SixteenLanes(source)
    last = load(source + 16)
  }

  @inline(__always) mutating func addProduct(_ value: Float, _ factors: TwentyFourLanes) {
    sixteen.addProduct(value, factors.sixteen)
    last.addProduct(Lanes(repeating: value), factors.last)
  }

  @inline(__always) func store(to target: MutableFloatPointer, count: Int) {
    sixteen.store(to: target, count: count)
    storeLanes(last, to: target + 16, count: count - 16)
  }

  @inline(__always) func add(to target: MutableFloatPointer) {
    sixteen.add(to: target)
    Kernels.store(load(target + 16) + last, to: target + 16)
  }

  /// Writes all numbers.
  @inline(__always) func store(to target: MutableFloatPointer) {
    sixteen.store(to: target)
    Kernels.store(last, to: target + 16)
  }
}

// Writes the first `count` lanes, all of them if there are more, none if there are fewer than one.
@inline(__always)
private func storeLanes(_ lanes: Lanes, to target: MutableFloatPointer, count: Int) {
  if count >= 8 { return store(lanes, to: target) }
  if count <= 0 { return }
  var place = UnsafeMutableRawPointer(target)
  var four = lanes.lowHalf
  if count & 4 != 0 {
    place.storeBytes(of: four, as: SIMD4<Float>.self)
    place += 16
    four = lanes.highHalf
  }
  var two = four.lowHalf
  if count & 2 != 0 {
    place.storeBytes(of: two, as: SIMD2<Float>.self)
    place += 8
    two = four.highHalf
  }
  if count & 1 != 0 { place.storeBytes(of: two[0], as: Float.self) }
}
