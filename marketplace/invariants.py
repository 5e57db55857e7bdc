"""What must hold between the books and the goods: who paid has the licence, and who earns has granted one."""

from payments import invariants
from payments.invariants import Invariant

invariants.declare(
    Invariant(
        "No licence without a paid order line",
        """
        SELECT held.source, bought.state FROM licensing_grant held
        LEFT JOIN marketplace_orderline line ON held.source = 'order_line:' || line.public_id
        LEFT JOIN marketplace_order bought ON bought.id = line.order_id
        WHERE held.source LIKE 'order_line:%' AND bought.state IS DISTINCT FROM 'paid'
        """,
    ),
    Invariant(
        "Every line of a paid order has its licence",
        """
        SELECT bought.public_id, line.position FROM marketplace_order bought
        JOIN marketplace_orderline line ON line.order_id = bought.id
        LEFT JOIN licensing_grant held ON held.source = 'order_line:' || line.public_id
        WHERE bought.state = 'paid' AND held.id IS NULL
        """,
    ),
    Invariant(
        "A licence has ended when its price was returned in full",
        """
        SELECT line.public_id, line.price_minor, line.refunded_minor FROM marketplace_orderline line
        JOIN licensing_grant held ON held.source = 'order_line:' || line.public_id
        LEFT JOIN licensing_revocation ended ON ended.grant_id = held.id
        WHERE line.price_minor > 0 AND line.refunded_minor = line.price_minor AND ended.id IS NULL
        """,
    ),
    Invariant(
        "No earnings without a licence that was granted for them",
        """
        SELECT earned.public_id, earned.reference FROM payments_earning earned
        WHERE earned.reference LIKE 'order:%' AND NOT EXISTS (
            SELECT FROM marketplace_order bought JOIN marketplace_orderline line ON line.order_id = bought.id
            JOIN licensing_grant held ON held.source = 'order_line:' || line.public_id
            WHERE 'order:' || bought.public_id = earned.reference AND line.seller_id = earned.organization_id
        )
        """,
    ),
    Invariant(
        "What was taken of each share is what refunds and lost disputes took of its lines",
        """
        SELECT earned.reference, earned.organization_id, earned.amount, earned.taken, sums.share, sums.taken AS of_lines
        FROM payments_earning earned JOIN (
            SELECT bought.public_id, line.seller_id, sum(line.price_minor - line.commission_minor) AS share,
                sum((SELECT coalesce(sum(share_minor), 0) FROM marketplace_refundline WHERE line_id = line.id)) AS taken
            FROM marketplace_order bought JOIN marketplace_orderline line ON line.order_id = bought.id
            GROUP BY bought.public_id, line.seller_id
        ) sums ON earned.reference = 'order:' || sums.public_id AND sums.seller_id = earned.organization_id
        WHERE earned.amount <> sums.share OR earned.taken <> sums.taken
        """,
    ),
    Invariant(
        "What was returned of a line is divided as its price was, to the minor unit",
        """
        SELECT line.public_id, line.price_minor, line.commission_minor, line.refunded_minor, sum(part.share_minor)
        FROM marketplace_orderline line
        JOIN marketplace_refundline part ON part.line_id = line.id AND part.booked_at IS NOT NULL
        GROUP BY line.id HAVING sum(part.amount_minor) <> line.refunded_minor
            OR abs(sum(part.share_minor) * line.price_minor
                - line.refunded_minor * (line.price_minor - line.commission_minor)) >= line.price_minor
        """,
    ),
    Invariant(
        "What was returned of a paid order is what was returned of its lines",
        """
        SELECT bought.public_id, bought.refunded_minor, sum(line.refunded_minor) AS of_lines
        FROM marketplace_order bought JOIN marketplace_orderline line ON line.order_id = bought.id
        WHERE bought.state = 'paid' GROUP BY bought.id HAVING bought.refunded_minor <> sum(line.refunded_minor)
        """,
    ),
    Invariant(
        "A paid checkout's order was fulfilled, or could not be",
        """
        SELECT checkout.public_id, bought.state FROM payments_checkout checkout
        LEFT JOIN marketplace_order bought ON bought.public_id = checkout.reference
        WHERE checkout.purpose = 'order' AND checkout.state = 'paid'
            AND coalesce(bought.state, '') NOT IN ('paid', 'failed')
        """,
    ),
)
