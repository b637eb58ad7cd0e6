//! The fixed words of printed pages, in both languages.

use super::Language;

/// Words of the poster.
pub(super) struct PosterWords {
    pub(super) title: &'static str,
    pub(super) steps: [&'static str; 3],
    /// Before the host, between the host and the code.
    pub(super) no_scan: [&'static str; 2],
    pub(super) no_phone: &'static str,
    pub(super) hotline: &'static str,
}

/// Words of a person's own sheet.
pub(super) struct SheetWords {
    pub(super) title: &'static str,
    /// The title below that of the other language.
    pub(super) subtitle: &'static str,
    pub(super) number: &'static str,
    pub(super) born: &'static str,
    pub(super) issued: &'static str,
    pub(super) expires: &'static str,
    pub(super) issued_by: &'static str,
    pub(super) serial: &'static str,
    pub(super) show: &'static str,
    pub(super) holds_nothing: &'static str,
    pub(super) no_identity: &'static str,
    pub(super) keep: &'static str,
    pub(super) lost: &'static str,
    /// Before the number to call, after it; and the words when there is no number.
    pub(super) call: [&'static str; 3],
    pub(super) found: [&'static str; 2],
    pub(super) fold: &'static str,
}

const POSTER_VI: PosterWords = PosterWords {
    title: "Quét mã khi VÀO và khi RA",
    steps: [
        "Mở máy ảnh, hướng vào mã",
        "Mở trang hiện ra",
        "Bấm VÀO hoặc RA",
    ],
    no_scan: ["Không quét được? Mở ", ", gõ mã"],
    no_phone: "Không có điện thoại? Đưa thẻ cho người trực.",
    hotline: "Đường dây nóng",
};

const POSTER_EN: PosterWords = PosterWords {
    title: "Scan when you ENTER and when you LEAVE",
    steps: [
        "Open the camera, point it here",
        "Open the page that appears",
        "Tap VÀO (in) or RA (out)",
    ],
    no_scan: ["Cannot scan? Open ", ", type"],
    no_phone: "No phone? Show your card.",
    hotline: "Hotline",
};

const SHEET_VI: SheetWords = SheetWords {
    title: "THẺ KIỂM SOÁT DỊCH BỆNH",
    subtitle: "Thẻ kiểm soát dịch bệnh",
    number: "Số giấy tờ",
    born: "Năm sinh",
    issued: "Ngày cấp",
    expires: "Hết hạn",
    issued_by: "Nơi cấp",
    serial: "Số thẻ",
    show: "Đưa mặt có mã QR cho người trực khi vào và khi ra.",
    holds_nothing: "Mã không chứa họ tên, số giấy tờ, số điện thoại.",
    no_identity: "Thẻ không thay giấy tờ tùy thân.",
    keep: "Gấp theo đường đứt để mang theo. Không gấp, không bấm ghim qua mã.",
    lost: "Mất thẻ: ",
    call: [
        "gọi ngay ",
        " để khóa.",
        "báo ngay cho UBND phường, xã để khóa.",
    ],
    found: ["Nhặt được thẻ: ", "xin gửi về UBND phường, xã."],
    fold: "Gấp ở đây",
};

const SHEET_EN: SheetWords = SheetWords {
    title: "DISEASE-CONTROL CARD",
    subtitle: "Disease-control card",
    number: "Number",
    born: "Born",
    issued: "Issued",
    expires: "Expires",
    issued_by: "Issued by",
    serial: "Card number",
    show: "Show the QR side when you enter and when you leave.",
    holds_nothing: "The code holds no name, identity number or telephone number.",
    no_identity: "This card is not an identity document.",
    keep: "Fold along the dashed lines to carry it. Do not fold or staple the code.",
    lost: "Lost: ",
    call: [
        "call ",
        " at once to revoke it.",
        "tell the commune office at once to revoke it.",
    ],
    found: ["Found: ", "return it to the commune office."],
    fold: "Fold here",
};

impl Language {
    /// The language that follows this one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Vietnamese => Self::English,
            Self::English => Self::Vietnamese,
        }
    }

    pub(super) fn poster(self) -> &'static PosterWords {
        match self {
            Self::Vietnamese => &POSTER_VI,
            Self::English => &POSTER_EN,
        }
    }

    pub(super) fn sheet(self) -> &'static SheetWords {
        match self {
            Self::Vietnamese => &SHEET_VI,
            Self::English => &SHEET_EN,
        }
    }

    /// What the data is for and when it goes, then what was printed when.
    pub(super) fn purpose(self, days: u16, printed_on: &str, version: u32, code: &str) -> String {
        match self {
            Self::Vietnamese => format!(
                "Dữ liệu chỉ dùng để phòng, chống dịch, tự xóa sau {days} ngày. In ngày {printed_on}, bản {version}, cổng {code}."
            ),
            Self::English => format!(
                "Data only for epidemic control, erased after {days} days. Printed {printed_on}, version {version}, gate {code}."
            ),
        }
    }
}
