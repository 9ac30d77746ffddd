"""Documents of invented people and firms, drawn to look like real ones: an invoice, an identity card, a letter."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SANS: Final = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
BOLD: Final = "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"
SIMPLIFIED: Final = 2
"""Number of the face for simplified Chinese in these files."""

INK: Final = (34, 38, 46)
FAINT: Final = (104, 110, 120)
RED: Final = (176, 42, 48)

_GOODS: Final = (
    ("打印纸 A4 80g", "箱", "12", "138.00", "1,656.00"),
    ("墨盒 LX-204 黑色", "个", "6", "245.50", "1,473.00"),
    ("文件夹 A4 蓝色", "包", "20", "18.80", "376.00"),
    ("会议白板 120 × 90", "块", "2", "386.00", "772.00"),
    ("上门安装服务", "次", "1", "300.00", "300.00"),
)


def invoice() -> Image.Image:
    """An invoice as scanned: a little grey, a faint stamp over its total."""
    image = Image.new("RGB", (1240, 1040), (252, 251, 248))
    pen = ImageDraw.Draw(image)
    pen.text((80, 64), "江南办公用品有限公司", INK, _font(46, bold=True))
    pen.text((80, 132), "Jiangnan Office Supplies Co., Ltd.", FAINT, _font(26))
    pen.text((1160, 70), "销售发票", RED, _font(44, bold=True), anchor="ra")
    pen.text((1160, 136), "INVOICE", FAINT, _font(26), anchor="ra")
    pen.line((80, 190, 1160, 190), RED, 3)
    for row, (left, right) in enumerate(
        (("客户：青禾设计事务所", "发票号码：20260814"), ("地址：湖滨路 128 号 6 楼", "开票日期：2026年8月14日"),
         ("联系人：沈清和", "付款期限：30 days"))
    ):  # fmt: skip
        pen.text((80, 222 + 50 * row), left, INK, _font(27))
        pen.text((740, 222 + 50 * row), right, INK, _font(27))
    _table(pen, (80, 400), (80, 520, 620, 740, 930, 1160), ("品名 Item", "单位", "数量", "单价", "金额"), _GOODS)
    for row, (name, value) in enumerate((("小计 Subtotal", "4,577.00"), ("税额 VAT 13%", "595.01"))):
        pen.text((880, 756 + 48 * row), name, FAINT, _font(26), anchor="ra")
        pen.text((1144, 756 + 48 * row), value, INK, _font(26), anchor="ra")
    pen.line((640, 858, 1160, 858), INK, 2)
    pen.text((880, 874), "合计 Total", INK, _font(30, bold=True), anchor="ra")
    pen.text((1144, 874), "¥ 5,172.01", INK, _font(30, bold=True), anchor="ra")
    pen.text((80, 880), "开户行：江南银行湖滨支行", INK, _font(25))
    pen.text((80, 926), "账号：6217 0032 1000 4471 902", INK, _font(25))
    pen.text((80, 972), "Thank you for your order!", FAINT, _font(24))
    return _scanned(_stamped(image, (1010, 815)), seed=7, grain=2)


def card() -> Image.Image:
    """An identity card of nobody, photographed a little out of focus in uneven light."""
    image = Image.new("RGB", (920, 580), (231, 239, 243))
    pen = ImageDraw.Draw(image)
    for wave in range(-600, 600, 14):
        pen.arc((wave, -300 + wave // 3, wave + 900, 700 + wave // 3), 200, 330, (219, 230, 236))
    label = (66, 110, 152)
    rows = (
        ("姓 名", "沈清和"),
        ("性 别", "女　民 族　汉"),
        ("出 生", "1988年 4月 12日"),
        ("住 址", "杭州市西湖区湖滨路"),
    )
    for row, (name, value) in enumerate(rows):
        pen.text((56, 62 + 74 * row), name, label, _font(28))
        pen.text((170, 58 + 74 * row), value, INK, _font(33))
    pen.text((170, 352), "128号6幢302室", INK, _font(33))
    pen.text((56, 484), "公民身份号码", label, _font(28))
    pen.text((280, 478), "330106198804120027", INK, _font(38))
    pen.rounded_rectangle((650, 62, 860, 340), 10, (204, 214, 221))
    pen.ellipse((710, 110, 800, 212), (176, 190, 200))
    pen.pieslice((672, 222, 838, 420), 180, 360, (176, 190, 200))
    shade = np.linspace(1.0, 0.55, image.width, dtype=np.float32)[None, :, None]
    dark = Image.fromarray(np.asarray(np.asarray(image, np.float32) * shade, np.uint8))
    return _scanned(dark.filter(ImageFilter.GaussianBlur(1.6)), seed=11, grain=6)


def letter() -> Image.Image:
    """A letter in Chinese, with a heading and three paragraphs."""
    image = Image.new("RGB", (1100, 1300), (255, 255, 255))
    pen = ImageDraw.Draw(image)
    pen.text((550, 100), "关于调整服务时间的通知", INK, _font(44, bold=True), anchor="ma")
    lines = (
        "各位客户：",
        "",
        "　　自2026年9月1日起，本所的服务时间调整为每周一至",
        "周六上午九点至下午五点半。周日及法定节假日休息。",
        "",
        "　　如需紧急支持，请拨打值班电话 0571-8820 4471，",
        "或写信至 service@qinghe.example，我们会尽快回复。",
        "",
        "　　感谢您一直以来的信任与支持！",
        "",
        "　" * 17 + "青禾设计事务所",
        "　" * 17 + "2026年8月20日",
    )
    for row, line in enumerate(lines):
        pen.text((110, 230 + 62 * row), line, INK, _font(36))
    return image


def receipt() -> Image.Image:
    """A receipt in English on thin paper, slightly askew."""
    image = Image.new("RGB", (620, 860), (249, 248, 243))
    pen = ImageDraw.Draw(image)
    pen.text((310, 50), "HARBOUR CAFE", INK, _font(40, bold=True), anchor="ma")
    pen.text((310, 112), "12 Quay Street, Bristol", FAINT, _font(24), anchor="ma")
    items = (("2 Flat white", "7.60"), ("1 Earl Grey", "2.90"), ("1 Club sandwich", "8.75"), ("1 Lemon tart", "4.20"))
    for row, (name, price) in enumerate(items):
        pen.text((60, 210 + 58 * row), name, INK, _font(29))
        pen.text((560, 210 + 58 * row), price, INK, _font(29), anchor="ra")
    pen.line((60, 458, 560, 458), FAINT, 2)
    for row, (name, price) in enumerate((("Total", "£23.45"), ("Card", "£23.45"))):
        pen.text((60, 480 + 62 * row), name, INK, _font(33, bold=True))
        pen.text((560, 480 + 62 * row), price, INK, _font(33, bold=True), anchor="ra")
    pen.text((310, 660), "14 Aug 2026  10:42  Table 7", FAINT, _font(25), anchor="ma")
    pen.text((310, 720), "Thank you, see you soon!", INK, _font(27), anchor="ma")
    return _scanned(image.rotate(1.2, fillcolor=(249, 248, 243), resample=Image.Resampling.BICUBIC), seed=3, grain=1)


def _table(
    pen: ImageDraw.ImageDraw,
    place: tuple[int, int],
    edges: tuple[int, ...],
    head: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
) -> None:
    """A ruled table; all columns but the first two are set to the right."""
    top, height = place[1], 56
    pen.rectangle((edges[0], top, edges[-1], top + height), (240, 233, 226))
    for number, row in enumerate((head, *rows)):
        y = top + height * number
        pen.line((edges[0], y, edges[-1], y), (168, 150, 132), 2)
        for column, text in enumerate(row):
            font = _font(25, bold=number == 0)
            if column < 2:
                pen.text((edges[column] + 14, y + 8), text, INK, font)
            else:
                pen.text((edges[column + 1] - 14, y + 8), text, INK, font, anchor="ra")
    bottom = top + height * (len(rows) + 1)
    pen.line((edges[0], bottom, edges[-1], bottom), (168, 150, 132), 2)
    for edge in edges:
        pen.line((edge, top, edge, bottom), (168, 150, 132), 2)


def _stamped(image: Image.Image, middle: tuple[int, int]) -> Image.Image:
    """A round red stamp over a place."""
    layer = Image.new("RGBA", image.size)
    pen = ImageDraw.Draw(layer)
    x, y = middle
    pen.ellipse((x - 92, y - 92, x + 92, y + 92), outline=(*RED, 130), width=6)
    pen.text((x, y - 20), "财务专用章", (*RED, 130), _font(27, bold=True), anchor="mm")
    pen.text((x, y + 24), "★", (*RED, 130), _font(34), anchor="mm")
    turned = layer.rotate(14, center=middle, resample=Image.Resampling.BICUBIC)
    return Image.alpha_composite(image.convert("RGBA"), turned).convert("RGB")


def _scanned(image: Image.Image, seed: int, grain: float = 3) -> Image.Image:
    """The noise and softness of a scanner."""
    noise = np.random.default_rng(seed).normal(0, grain, (image.height, image.width, 1)).astype(np.float32)
    soft = cv2.GaussianBlur(np.asarray(image, np.float32), (0, 0), 0.6)
    return Image.fromarray(np.asarray(np.clip(soft + noise, 0, 255), np.uint8))


def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BOLD if bold else SANS, size, index=SIMPLIFIED)
