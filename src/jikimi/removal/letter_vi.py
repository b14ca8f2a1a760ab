"""The removal request in Vietnamese, on the provider's own rules."""

from datetime import timedelta, timezone

from jikimi.model.case import Authority
from jikimi.model.notice import Role
from jikimi.removal.letter import BLOCK_BEGIN, BLOCK_END, Letter

_FAMILY = "Thẩm quyền của chúng tôi: một thành viên gia đình có quyền theo pháp luật đã đề nghị chúng tôi yêu cầu gỡ bỏ."
_REMOVE = (
    "Xin gỡ bỏ hoặc chặn truy cập nội dung dưới đây trong thời gian sớm nhất. Xin cũng gỡ bỏ các bản sao giống hệt mà\n"
    "quý vị biết và ngăn việc đăng lại."
)

VIETNAMESE = Letter(
    language="vi",
    name="Vietnamese",
    subject="[Yêu cầu gỡ bỏ {token}] Hình ảnh riêng tư bị đăng khi chưa có sự đồng ý (lần {ordinal})",
    body=f"""\
Kính gửi: {{recipient}}
Người gửi: {{centre}}

Yêu cầu gỡ bỏ hình ảnh riêng tư bị đăng khi chưa có sự đồng ý (lần {{ordinal}})

1. Nội dung yêu cầu
{{asked}}

2. Vị trí
Bài đăng: {{post}}
Tệp: {{medium}}
SHA-256 của tệp: {{digest}}
Thời điểm ghi nhận: {{seen}}
Loại: {{kind}}
Các địa chỉ trên đã được viết khác đi (hxxp, [.]) để tránh bị mở nhầm. Địa chỉ chính xác nằm ở cuối thư.

3. Lý do
{{reason}}
{{authority}}

4. Tuyên bố
{{statement}}
{{signature}}

5. Chứng cứ và lưu giữ
Chúng tôi đang lưu giữ chứng cứ đã niêm phong về bài đăng này.
Bộ chứng cứ: {{evidence}}
Dấu niêm phong (SHA-256): {{manifest}}
Xin lưu giữ thông tin người đăng và nhật ký truy cập vì cảnh sát có thể cần đến.
Thư này không kèm hình ảnh hay video. Xin cũng không đính kèm khi trả lời.

6. Phản hồi
Xin cho biết kết quả, hoặc lý do nếu không gỡ bỏ, và giữ nguyên [{{token}}] trong tiêu đề thư.
Liên hệ: {{contact}}
Xin không công bố yêu cầu này và không chuyển cho người đăng.

7. Địa chỉ chính xác
{BLOCK_BEGIN}
{{addresses}}
{BLOCK_END}
""",
    reminder="Đây là yêu cầu lần {ordinal} về cùng một nội dung, hiện vẫn còn truy cập được.",
    back="Nội dung này đã từng bị gỡ bỏ nhưng hiện lại truy cập được.",
    escalation=(
        "Chúng tôi đã yêu cầu các bên khác gỡ bỏ nội dung này (số lần: {elsewhere}, lần đầu: {first_at}) nhưng nội dung\n"
        "vẫn còn truy cập được. Vì vậy chúng tôi gửi yêu cầu đến quý vị."
    ),
    asked={
        Role.PLATFORM: _REMOVE,
        Role.HOST: f"{_REMOVE}\nNếu không thể tự gỡ bỏ, xin yêu cầu khách hàng của quý vị gỡ bỏ ngay.",
        Role.CDN: (
            "Xin ngừng phân phối nội dung dưới đây, xóa các bản lưu đệm và cho biết đơn vị lưu trữ.\n"
            "Xin không chuyển thông tin liên hệ của chúng tôi cho người vận hành trang."
        ),
        Role.REGISTRAR: (
            "Xin áp dụng điều khoản của quý vị đối với chủ tên miền để nội dung dưới đây được gỡ bỏ."
        ),
        Role.NETWORK: (
            "Xin áp dụng điều khoản của quý vị đối với nhà cung cấp lưu trữ để nội dung dưới đây được gỡ bỏ."
        ),
        Role.SEARCH: (
            "Xin gỡ các địa chỉ dưới đây và hình xem trước khỏi kết quả tìm kiếm trong thời gian sớm nhất và ngăn các hình ảnh\n"
            "giống hệt xuất hiện lại."
        ),
        Role.REGULATOR: (
            "Kính đề nghị quý cơ quan áp dụng các biện pháp thuộc thẩm quyền đối với nội dung dưới đây."
        ),
    },
    laws={
        "policy": (
            "Điều khoản và chính sách của quý vị cấm hình ảnh riêng tư bị đăng khi chưa có sự đồng ý và cấm mọi nội dung bóc\n"
            "lột trẻ em. Tại Hàn Quốc, việc đăng tải này là tội phạm: Luật đặc biệt về xử phạt tội phạm bạo lực tình dục,\n"
            "Điều 14 và Điều 14-2; đối với người chưa thành niên, Luật bảo vệ trẻ em và thanh thiếu niên khỏi xâm hại tình\n"
            "dục, Điều 11."
        ),
    },
    designation="",
    statement=(
        "Chúng tôi tin một cách thiện ý rằng nội dung này được đăng khi chưa có sự đồng ý của người trong hình, là người có\n"
        "thể nhận dạng được. Theo hiểu biết của chúng tôi, thông tin trong yêu cầu này là chính xác và đầy đủ."
    ),
    signature="Ký điện tử, tổ chức được ủy quyền hành động vì người trong hình: {centre}",
    adult=("hình ảnh riêng tư của một người trưởng thành có thể nhận dạng (thật hoặc giả mạo kỹ thuật số)"),
    minor="nội dung xâm hại tình dục trẻ em: người trong hình là người chưa thành niên",
    authority={
        Authority.VICTIM: (
            "Thẩm quyền của chúng tôi: chính người trong hình đã đề nghị chúng tôi yêu cầu gỡ bỏ."
        ),
        Authority.SPOUSE: _FAMILY,
        Authority.LINEAL_KIN: _FAMILY,
        Authority.SIBLING: _FAMILY,
        Authority.AGENT: (
            "Thẩm quyền của chúng tôi: người đại diện do người trong hình chỉ định đã đề nghị chúng tôi yêu cầu gỡ bỏ."
        ),
        Authority.EX_OFFICIO: (
            "Thẩm quyền của chúng tôi: pháp luật Hàn Quốc buộc chúng tôi yêu cầu gỡ bỏ dù không có đề nghị."
        ),
    },
    zone=timezone(timedelta(hours=7)),
    zone_name="giờ Việt Nam",
)
