# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[6]
stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput
set encoding utf8
set minussign
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 1016,775 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,248 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,6.56cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set arrow from screen 0.21333,0.95732 to screen 0.30054,0.95732 nohead ls 1
set label '' at screen 0.25694,0.95732 point ls 201
set label words[1] at screen 0.31798,0.95732 left tc rgb '#0072B2'
set arrow from screen 0.21054,0.89329 to screen 0.29775,0.89329 nohead ls 2
set label '' at screen 0.25415,0.89329 point ls 202
set label words[2] at screen 0.31519,0.89329 left tc rgb '#B04A00'
set lmargin at screen 0.14629
set rmargin at screen 0.95349
set bmargin at screen 0.16006
set tmargin at screen 0.81555
unset logscale x
set xrange [0.55:10.45]
set xtics ('2' 2, '4' 4, '6' 6, '8' 8, '10' 10)
set xlabel words[3] offset 0,0.35
unset logscale y
set yrange [0.3448247293137292:1.055946309411687]
set ytics ('0.4' 0.4, '0.6' 0.6, '0.8' 0.8, '1.0' 1)
set label 1001 words[4] at screen 0.03488,0.48780 center rotate by 90
plot stem.'.dat' index 1 using 1:(inside(bar($3,$4,0.3448247293137292,1.055946309411687),0.3448247293137292,1.055946309411687)):(0):(inside($4,0.3448247293137292,1.055946309411687)-inside($3,0.3448247293137292,1.055946309411687)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 2 using 1:(inside(bar($3,$4,0.3448247293137292,1.055946309411687),0.3448247293137292,1.055946309411687)):(0):(inside($4,0.3448247293137292,1.055946309411687)-inside($3,0.3448247293137292,1.055946309411687)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 2 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 1 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 2 using 1:2 with points ls 202 notitle
unset label 1001
unset label
unset arrow
unset multiplot
unset output
}
