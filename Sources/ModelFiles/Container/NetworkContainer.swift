// The container: a network in one file, as small as it gets. results/README.md says what each byte
// means.

import Compression
import Files
public import Foundation
public import Networks
public import Tensors

/// How a tensor is cut into blocks that share magnitudes.
public struct TensorCut: Hashable, Sendable {
  /// `O_HWI`, `O_IHW` or `IHW_O`: how the weights become the matrix that is cut.
  public let order: String
  /// Rows and columns of a block, or its inputs, outputs and positions.
  public let sizes: [Int]

  /// - Parameters:
  ///   - order: one of the three words above.
  ///   - sizes: two or three numbers from 1 to 65,535.
  /// - Returns: nil for anything else.
  public init?(order: String, sizes: [Int]) {
    guard BlockPartition.Order(rawValue: order) != nil, 2...3 ~= sizes.count,
      sizes.allSatisfy({ 1...65_535 ~= $0 })
    else { return nil }
    self.order = order
    self.sizes = sizes
  }

  init(_ cut: BlockCut) {
    order = cut.order.rawValue
    sizes = cut.sizes
  }
}

/// A network with what there is to say about it, to be written as a `.pars` file or read from one.
///
/// ```swift
/// let container = NetworkContainer(network, about: ["scheme": "prune: {density: 0.1}"])
/// try container.encoded().write(to: url)
/// let again = try NetworkContainer(contentsOf: url)   // the same values, bit for bit
/// ```
public struct NetworkContainer: Sendable {
  /// What a file promises.
  public enum Mode: String, Codable, Hashable, Sendable, CaseIterable {
    /// Every value of every tensor, bit for bit.
    case exact
    /// The same outputs up to 10⁻⁴, without units that cannot matter.
    case thinned
  }

  /// The network; in a thinned container with the units that are left.
  public let network: Network
  /// What the file promises.
  public let mode: Mode
  /// Free text by key: `run`, `scheme`, `accuracy`, `data-set`, `counted`, `source`.
  public let about: [String: String]
  /// The blocks of tensors that are cut into some; they make files smaller and change no value.
  public let cuts: [ParameterName: TensorCut]

  /// A container of every value.
  public init(
    _ network: Network, about: [String: String] = [:], cuts: [ParameterName: TensorCut] = [:]
  ) {
    self.init(network, mode: .exact, about: about, cuts: cuts)
  }

  /// A container of the units that matter: constants are folded into what reads them, then dead
  /// units are removed.
  ///
  /// - Throws: `ThinningError` if a value is not finite.
  public init(
    thinning network: Network, about: [String: String] = [:],
    cuts: [ParameterName: TensorCut] = [:]
  ) throws(ThinningError) {
    let thinned = try network.foldingConstants().thinned().network
    // Where units of a tensor in blocks went, its blocks are no longer where they were.
    let before = Dictionary(
      zip(network.information.map { $0.name }, network.information.map { $0.shape })
    ) { first, _ in first }
    let unchanged = Set(
      thinned.information.filter { before[$0.name] == $0.shape }.map { $0.name })
    self.init(
      thinned, mode: .thinned, about: about, cuts: cuts.filter { unchanged.contains($0.key) })
  }

  /// The same container of the same layers with other values.
  package init(_ network: Network, like container: NetworkContainer) {
    self.init(network, mode: container.mode, about: container.about, cuts: container.cuts)
  }

  private init(
    _ network: Network, mode: Mode, about: [String: String], cuts: [ParameterName: TensorCut]
  ) {
    self.network = network
    self.mode = mode
    self.about = about
    self.cuts = cuts
  }

  /// Whether these bytes begin as a container does.
  public static func isContainer(_ data: Data) -> Bool {
    data.prefix(4).elementsEqual(ContainerFormat.signature)
  }

  // MARK: - Reading

  /// The container at `url`.
  ///
  /// - Throws: `ModelFileError` with the offset of what is wrong; nothing is returned in part.
  public init(contentsOf url: URL) throws(ModelFileError) {
    let data: Data
    do throws(FileError) {
      data = try FileContents.read(url, mapped: true)
    } catch {
      throw ModelFileError(path: url.path, problem: .unreadable(error))
    }
    try self.init(data: data, path: url.path)
  }

  /// The container with these bytes.
  ///
  /// - Parameter path: where they come from, for errors.
  public init(data: Data, path: String) throws(ModelFileError) {
    var reader = try ContainerReader(data: data, path: path)
    var network = reader.network
    var cuts: [ParameterName: TensorCut] = [:]
    var parameters: [Tensor] = []
    while let (name, tensor, cut) = try reader.next() {
      parameters.append(tensor)
      cuts[name] = cut
    }
    network.parameters = parameters
    self.init(network, mode: reader.mode, about: reader.about, cuts: cuts)
  }

  // MARK: - Writing

  /// The file's bytes; the same value gives the same bytes.
  ///
  /// - Throws: `EncodingError` if a field of a layer is a number that JSON cannot express, or the
  ///   header exceeds 16 MiB.
  public func encoded() throws -> Data {
    let description = [UInt8](try ContainerHeader(self).encoded())
    guard description.count < TextCoder.sizeLimit else {
      throw EncodingError.invalidValue(
        about,
        .init(
          codingPath: [],
          debugDescription: "a header of \(description.count) bytes; the limit is 16 MiB"))
    }
    var result = ContainerFormat.start(header: description)
    var coder = TensorCoder(RangeEncoder())
    var elementCount = 0
    let layouts = network.layouts
    for (index, layout) in layouts.enumerated() {
      let cut = cuts[network.information[index].name]
      var tensor = CodedTensor(
        layout: layout, patterns: network.parameters[index].elements.map { $0.bitPattern },
        cut: cut.flatMap { BlockCut($0) })
      _ = coder.code(&tensor)
      elementCount += layout.count
      guard elementCount >= ContainerFormat.blockElements || index == layouts.count - 1 else {
        continue
      }
      var payload = coder.coder.finish()
      let least = elementCount / ContainerFormat.elementsPerByte - 15
      while payload.count < least { payload.append(0) }
      ContainerFormat.append(ContainerFormat.tensorBlock, payload, to: &result)
      coder = TensorCoder(RangeEncoder())
      elementCount = 0
    }
    return result
  }
}
