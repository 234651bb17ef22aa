-- Two customers with one address could see each other's cases.
CREATE UNIQUE INDEX customers_by_email ON customers (email);
