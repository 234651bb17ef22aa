CREATE TABLE tax_cases (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    amount_cents INTEGER NOT NULL CHECK (amount_cents >= 0),
    country TEXT NOT NULL
);
CREATE INDEX tax_cases_by_customer ON tax_cases (customer_id);
