// Images in PNG files, one each, decoded when they are needed, and the square that a network sees of them. Start with `pixels`.

import Files
public import Foundation
public import Reproducibility

/// The square of an image that a network sees.
public struct ImageGeometry: Hashable, Sendable {
  /// The length to which the shorter side is brought, in pixels.
  public let resize: Int
  /// The side of the square, in pixels.
  public let size: Int

  /// - Precondition: `1 ≤ size ≤ resize`.
  public init(resize: Int, size: Int) {
    precondition(1 <= size && size <= resize, "no square of \(size) pixels in \(resize)")
    self.resize = resize
    self.size = size
  }

  /// Height and width of an image whose shorter side is `resize`; the longer one is rounded down.
  func resized(height: Int, width: Int) -> (height: Int, width: Int) {
    height < width
      ? (resize, max(resize, resize * width / height))
      : (max(resize, resize * height / width), resize)
  }
}

/// PNG files, one image each, in the order of their labels.
public struct ImageFiles: Hashable, Sendable {
  /// The folder that the paths start from.
  public let folder: URL
  /// Where each image is, below the folder.
  public let paths: [String]
  /// The digest of each file; other contents are never decoded.
  public let digests: [Digest]
  /// What of an image is seen.
  public let geometry: ImageGeometry

  /// - Precondition: there is one digest per path.
  public init(folder: URL, paths: [String], digests: [Digest], geometry: ImageGeometry) {
    precondition(
      paths.count == digests.count, "\(digests.count) digests do not fit \(paths.count) files")
    self.folder = folder
    self.paths = paths
    self.digests = digests
    self.geometry = geometry
  }

  /// The pixels of the image at `index` that a network sees, `[size, size, 3]`.
  ///
  /// Without variation: the shorter side resized to `resize`, then the square in the middle; of an odd remainder the greater
  /// half is below and to the right.
  ///
  /// - Throws: `DatasetError.notAnImage` if the file is no PNG, or is cut; `DatasetError.unreadable` if it cannot be read;
  ///   `DatasetError.replaced` if its contents are not those that its digest was taken of.
  /// - Precondition: the index is valid.
  public func pixels(
    at index: Int, variation: ImageVariation? = nil
  ) throws(DatasetError) -> [UInt8] {
    let picture = try picture(at: index)
    let size = geometry.size
    let mirrored = variation?.isMirrored(at: index) ?? false
    if variation?.augmentation.window == .randomResized, let variation {
      var stream = variation.windowStream(at: index)
      let region = RandomRegion(of: picture, from: &stream)
      return picture.resampled(
        region.rows, region.columns, to: (size, size), rows: 0..<size, columns: 0..<size,
        mirrored: mirrored)
    }
    let (height, width) = geometry.resized(height: picture.height, width: picture.width)
    var (row, column) = ((height - size) / 2, (width - size) / 2)
    if variation?.augmentation.window == .random, let variation {
      var stream = variation.windowStream(at: index)
      row = stream.integer(below: height - size + 1)
      column = stream.integer(below: width - size + 1)
    }
    return picture.resampled(
      0..<picture.height, 0..<picture.width, to: (height, width), rows: row..<row + size,
      columns: column..<column + size, mirrored: mirrored)
  }

  /// The whole picture, in red, green and blue.
  private func picture(at index: Int) throws(DatasetError) -> Bitmap {
    let url = folder.appendingPathComponent(paths[index])
    let contents: Data
    do throws(FileError) {
      contents = try FileContents.read(url)
    } catch {
      throw .unreadable(file: url.path, reason: error.problem)
    }
    guard Digest(of: contents) == digests[index] else { throw .replaced(file: url.path) }
    let picture: Bitmap
    do throws(FileError) {
      picture = try Bitmap(png: contents, path: url.path)
    } catch {
      if case .badImage(let path, let reason) = error {
        throw .notAnImage(file: path, reason: reason)
      }
      throw .unreadable(file: url.path, reason: error.problem)
    }
    guard picture.channels == 1 else { return picture }
    return Bitmap(
      width: picture.width, height: picture.height, channels: 3,
      pixels: picture.pixels.flatMap { [$0, $0, $0] })
  }
}

/// A part of a picture of random area and aspect ratio.
///
/// The area is uniform in 8 to 100 % of the picture's, the logarithm of the aspect ratio uniform between those of 3:4 and 4:3,
/// sides are rounded, the place is uniform. A part that does not fit is drawn again, ten times; then it is the largest
/// one in the middle whose aspect ratio is allowed.
///
/// Source: Szegedy et al. 2015, section 6.
struct RandomRegion: Hashable {
  let rows: Range<Int>
  let columns: Range<Int>

  private static let areas = 0.08...1.0
  private static let aspects = 0.75...4.0 / 3
  private static let attempts = 10

  init(of picture: Bitmap, from stream: inout RandomStream) {
    self.init(height: picture.height, width: picture.width, from: &stream)
  }

  init(height: Int, width: Int, from stream: inout RandomStream) {
    let (areas, aspects) = (Self.areas, Self.aspects)
    for _ in 0..<Self.attempts {
      let share = areas.lowerBound + (areas.upperBound - areas.lowerBound) * stream.uniformDouble()
      let area = Double(height * width) * share
      let (low, high) = (log(aspects.lowerBound), log(aspects.upperBound))
      let aspect = exp(low + (high - low) * stream.uniformDouble())
      let columnCount = Int((area * aspect).squareRoot().rounded())
      let rowCount = Int((area / aspect).squareRoot().rounded())
      guard (1...width).contains(columnCount), (1...height).contains(rowCount) else { continue }
      let row = stream.integer(below: height - rowCount + 1)
      let column = stream.integer(below: width - columnCount + 1)
      (rows, columns) = (row..<row + rowCount, column..<column + columnCount)
      return
    }
    let widest = Int((Double(height) * aspects.upperBound).rounded(.down))
    let highest = Int((Double(width) / aspects.lowerBound).rounded(.down))
    let (rowCount, columnCount) = (max(1, min(height, highest)), max(1, min(width, widest)))
    let (row, column) = ((height - rowCount) / 2, (width - columnCount) / 2)
    (rows, columns) = (row..<row + rowCount, column..<column + columnCount)
  }
}
