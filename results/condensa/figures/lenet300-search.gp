# lenet300-memory, profile standard
# The largest feasible sparsity after each learned sample; mean and 95 % t-interval over seeds.
# Rendered by Parsimony; ‘gnuplot lenet300-search.gp’ in this folder renders it again.

set encoding utf8
set minussign
set datafile separator whitespace
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 1016,725 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,232 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,6.14cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output 'lenet300-search.'.format
set multiplot
set arrow from screen 0.21333,0.95440 to screen 0.30054,0.95440 nohead ls 1
set label '' at screen 0.25694,0.95440 point ls 201
set label 'learning-compression, DR-UCB' at screen 0.31798,0.95440 left tc rgb '#0072B2'
set lmargin at screen 0.16545
set rmargin at screen 0.95349
set bmargin at screen 0.17101
set tmargin at screen 0.87134
unset logscale x
set xrange [0.55:10.45]
set xtics ('2' 2, '4' 4, '6' 6, '8' 8, '10' 10)
set xlabel 'learned samples' offset 0,0.35
unset logscale y
set yrange [0.6715562377895731:0.9329956397874631]
set ytics ('0.70' 0.7, '0.75' 0.75, '0.80' 0.8, '0.85' 0.85, '0.90' 0.9)
set label 1001 'largest feasible sparsity' at screen 0.03488,0.52117 center rotate by 90
plot 'lenet300-search.dat' index 0 using 1:(inside(bar($3,$4,0.6715562377895731,0.9329956397874631),0.6715562377895731,0.9329956397874631)):(0):(inside($4,0.6715562377895731,0.9329956397874631)-inside($3,0.6715562377895731,0.9329956397874631)) with vectors nohead ls 101 notitle, \
     'lenet300-search.dat' index 0 using 1:2 with lines ls 1 notitle, \
     'lenet300-search.dat' index 0 using 1:2 with points ls 201 notitle
unset label 1001
unset label
unset arrow
unset multiplot
unset output
}
