// Where tiles stand and which colours they have.

import Files
import Tensors
import Testing

import Reporting

@Suite("Pictures of filters")
struct FilterPictureTests {
  /// Two filters of 1 × 1 × 2 weights.
  let before = Tensor([2, 1, 1, 2], elements: [1, -1, 0.25, -0.0])
  let after = Tensor([2, 1, 1, 2], elements: [0, -1, 0, 2])

  private func pixel(_ picture: Bitmap, _ x: Int, _ y: Int) -> [UInt8] {
    let start = (y * picture.width + x) * 3
    return Array(picture.pixels[start..<start + 3])
  }

  @Test("tiles stand in rows, before on the left and after on the right")
  func layout() {
    let picture = FilterPicture(scale: 3, margin: 2, columnCount: 1).bitmap(
      before: before, after: after)
    // A tile is 2·3+2 wide and 3+2 high; halves are one tile wide, two tiles and a margin high.
    #expect(picture.width == 2 * 8 + (4 * 2 + 1) + 2 * 2)
    #expect(picture.height == 2 * 5 + 2 + 2 * 2)
    #expect(picture.channels == 3)
    let right = 2 + 8 + 9
    #expect(pixel(picture, 0, 0) == FilterPicture.background)
    #expect(pixel(picture, 2, 2) == FilterPicture.line)
    #expect(pixel(picture, 3, 3) == [170, 34, 0])  // +1, the largest
    #expect(pixel(picture, 6, 3) == [0, 68, 136])  // −1
    #expect(pixel(picture, 8, 5) == [0, 68, 136])  // … up to its last pixel
    #expect(pixel(picture, 3, 10) == [213, 145, 128])  // ¼ of the largest: half-way to red
    #expect(pixel(picture, 6, 10) == FilterPicture.zeroColour)  // negative zero is zero
    #expect(pixel(picture, right + 1, 3) == FilterPicture.zeroColour)
    #expect(pixel(picture, right + 4, 3) == [0, 68, 136])
    #expect(pixel(picture, right + 4, 10) == [170, 34, 0])  // beyond the largest before: clamped
  }

  @Test("only an exact zero has the colour of zero", arguments: [-1.0, 1.0])
  func zero(sign: Float) {
    var strength: Float = 1e-30
    while strength <= 1 {
      let colour = FilterPicture.colour(sign * strength, largest: 1)
      #expect(colour != FilterPicture.zeroColour)
      // The map is never grey away from white.
      #expect(Set(colour).count > 1 || colour[0] > 250)
      strength *= 1.01
    }
    #expect(FilterPicture.colour(0, largest: 1) == FilterPicture.zeroColour)
    #expect(FilterPicture.colour(.nan, largest: 1) == [0, 0, 0])
  }

  @Test("no more tiles than the limit are shown, and PNG keeps every pixel")
  func limit() throws {
    let many = Tensor([50, 20, 5, 5], repeating: 0.5)
    let picture = FilterPicture(scale: 1, margin: 1, tileLimit: 9).bitmap(before: many, after: many)
    #expect(picture.height == 3 * 7 + 2 + 2)
    #expect(try Bitmap(png: picture.encoded()) == picture)
  }

  @Test("tensors of different shapes, or that are no filters, are refused")
  func refused() async {
    await #expect(processExitsWith: .failure) {
      _ = FilterPicture().bitmap(before: Tensor([1, 1, 1, 1]), after: Tensor([1, 1, 1, 2]))
    }
    await #expect(processExitsWith: .failure) {
      _ = FilterPicture().bitmap(before: Tensor([4, 4, 4]), after: Tensor([4, 4, 4]))
    }
  }

  @Test("of a matrix the first rows and columns are shown, and blocks are seen")
  func matrix() {
    var picture = FilterPicture(scale: 4, margin: 1)
    picture.matrixLimit = 8
    let before = Tensor([10, 20], repeating: 1)
    // Columns from 4 on are zero; what lies beyond the eighth is not shown.
    let after = Tensor([10, 20], elements: (0..<200).map { $0 % 20 < 4 ? -1 : 0 })
    let shown = picture.bitmap(before: before, after: after)
    // A weight has two pixels; a tile has a frame of one.
    let tile = 8 * 2 + 2
    #expect(shown.height == tile + 2)
    #expect(shown.width == 2 * tile + 5 + 2)
    func colour(_ x: Int, _ y: Int) -> [UInt8] {
      Array(shown.pixels[(y * shown.width + x) * 3..<(y * shown.width + x) * 3 + 3])
    }
    let right = 1 + tile + 5
    #expect(colour(2, 2) == FilterPicture.colour(1, largest: 1))
    #expect(colour(right + 1, 2) == FilterPicture.colour(-1, largest: 1))
    #expect(colour(right + 1 + 7, 2) == FilterPicture.colour(-1, largest: 1))
    #expect(colour(right + 1 + 8, 2) == FilterPicture.zeroColour)
  }
}
