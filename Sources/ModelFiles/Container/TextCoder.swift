// Short texts: every bit of a byte by what up to five bytes before it and the word it is in make
// likely. A text that looks like a header is passed through first and thrown away, so that the
// names of layers and keys cost little from the beginning.

import Foundation

/// Codes UTF-8 texts.
struct TextCoder {
  /// The most bytes of a text.
  static let sizeLimit = 1 << 24
  /// Bits of the table that each kind of context has.
  private static let tableBits = 14
  private static let contextCount = 7

  private var model: LogisticModel
  private let tables: [Int]
  /// The last bytes, the latest lowest, and a number for the word they end in.
  private var recent: UInt64 = 0
  private var word: UInt64 = 0

  init() {
    model = LogisticModel(leastVariance: 0.01, logistic: LogisticTable())
    var tables: [Int] = []
    for _ in 0..<Self.contextCount { tables.append(model.add(1 << Self.tableBits, variance: 1)) }
    self.tables = tables
    var discarded = RangeEncoder()
    for byte in Self.example.utf8 { _ = code(byte, with: &discarded) }
  }

  /// Codes a text and its size.
  ///
  /// - Returns: the bytes; a decoder that ran out of them returns those it had.
  mutating func code<Coder: BinaryCoder>(_ text: [UInt8], with coder: inout Coder) -> [UInt8] {
    let high = coder.code(UInt32(text.count >> 12), bits: 12)
    let count = Int(high << 12 | coder.code(UInt32(text.count & 0xFFF), bits: 12))
    var result: [UInt8] = []
    for index in 0..<count {
      result.append(code(Coder.decodes ? 0 : text[index], with: &coder))
      if coder.isExhausted { break }
    }
    return result
  }

  private mutating func code<Coder: BinaryCoder>(
    _ byte: UInt8, with coder: inout Coder
  ) -> UInt8 {
    // Contexts of 0 to 5 bytes, and of the word.
    var contexts: [UInt64] = []
    for count in 0..<UInt64(Self.contextCount - 1) {
      let mask: UInt64 = (1 << (8 * count)) - 1
      contexts.append(recent & mask)
    }
    contexts.append(word &* 257)
    var node: UInt64 = 1
    while node < 256 {
      let shift = UInt64(7 - (63 - node.leadingZeroBitCount))
      func place(_ index: Int) -> Int {
        let key: UInt64 = contexts[index] &+ (UInt64(index) << 60) &+ (node << 50)
        let mixed = key &* 0x9E37_79B9_7F4A_7C15
        return tables[index] + Int(mixed >> UInt64(64 - Self.tableBits))
      }
      let features = Features(
        first: place(0), second: place(1), third: place(2), fourth: place(3), fifth: place(4),
        sixth: place(5), seventh: place(6))
      let bit = model.code(UInt64(byte) >> shift & 1 == 1, features, with: &coder)
      node = node * 2 + (bit ? 1 : 0)
    }
    let result = UInt8(truncatingIfNeeded: node)
    recent = recent << 8 | UInt64(result)
    let isLetter = result | 32 >= UInt8(ascii: "a") && result | 32 <= UInt8(ascii: "z")
    word = isLetter ? word &* 31 &+ UInt64(result) : 0
    return result
  }

  /// Part of the format: another text would read all files differently.
  private static let example = """
    {"about":{"accuracy":"91.70 % of 10,000 test images of cifar10, top-1","data-set":"fashion-mnist",\
    "run":"9c0f1d7e26b4a583-s1","scheme":"{bit-budget: {totalBits: 6975}}"},"graph":{"input":[32,32,3],\
    "layers":[{"convolution":{"bias":false,"filters":16,"label":"conv1","padding":1}},\
    {"batch-normalization":{"label":"bn1"}},{"relu":{"label":"relu1"}},{"convolution":{"bias":false,\
    "filters":16,"label":"layer1.0.conv1","padding":1,"stride":2}},{"batch-normalization":{"label":\
    "layer1.0.bn1"}},{"relu":{"label":"layer1.0.relu1"}},{"subsampling":{"channels":32,"from":\
    "layer1.0.relu2","label":"layer1.0.shortcut"}},{"add":{"from":"layer1.0.bn2","label":\
    "layer1.0.add","of":"relu1"}},"global-average-pooling",{"linear":{"label":"linear","outputs":10}}]},\
    "mode":"exact"}{"about":{"accuracy":"99.15 % of 10,000 test images of mnist, top-1","scheme":\
    "{chain: [prune: {density: 0.02}, float16]}"},"graph":{"input":[28,28,1],"layers":[{"convolution":\
    {"filters":20,"kernel":5}},"max-pooling","relu",{"convolution":{"filters":50,"kernel":5}},\
    {"max-pooling":{"padding":1,"window":3}},{"average-pooling":{"stride":1}},"flatten",{"linear":\
    {"outputs":500}},"relu","tanh",{"dropout":{"rate":0.5}},{"embedding":{"features":200,"words":33278}},\
    {"lstm":{"layers":2,"units":200}},{"tied-linear":{"to":"encoder","words":33278}}]},"mode":"thinned"}
    """
}
